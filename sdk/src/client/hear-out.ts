import { setTimeout as pause } from 'node:timers/promises';
import type { Hex } from '@hearth/attestation/receipt';
import { receiptFaults } from '@hearth/attestation/receipt';
import { HearthError, outcomes, routes, type SignedReceipt, signedReceipt } from '../protocol/index.ts';
import type { SignedJob } from './call-memory.ts';
import { withReceipt } from './order-record.ts';
import type { Session } from './session.ts';

/** When to ask: its enclave signs at once, its host writes down and tells. */
const LOOKS_AFTER_MS = [200, 800, 3_000, 10_000];

/**
 * What became of a job whose answer was broken off here: its final receipt says what it cost, and frees what was set aside for
 * it. In the background; what is not there after some looks comes with a later receipt of that enclave, or when the order is rebuilt.
 */
export async function hearOut(session: Session, job: SignedJob): Promise<void> {
  try {
    await lastWordOf(session, job, LOOKS_AFTER_MS, { ref: false });
  } catch (error) {
    if (!(error instanceof HearthError)) throw error;
  }
}

/**
 * Its last receipt, or the newest one that is there after these looks.
 * @param ref whether the process stays for them
 */
export async function lastWordOf(
  session: Session,
  job: SignedJob,
  looksAfterMs: readonly number[],
  { ref }: { readonly ref: boolean },
): Promise<SignedReceipt | undefined> {
  let newest: SignedReceipt | undefined;
  for (const pauseMs of looksAfterMs) {
    if (pauseMs > 0) await pause(pauseMs, undefined, { ref });
    if (session.file.isReleased) break;
    newest = (await heardOf(session, job)) ?? newest;
    if (newest && newest.receipt.execution.outcome !== outcomes.interim) break;
  }
  return newest;
}

/** Its newest receipt, written down. */
async function heardOf(session: Session, job: SignedJob): Promise<SignedReceipt | undefined> {
  const { file, hedges } = session;
  const received = await newestReceipt(session, job);
  if (!received || file.isReleased) return undefined;
  file.save(withReceipt(file.record, received));
  hedges.noteReceipt(received);
  return received;
}

/** What a job has been paid for, as the gateway knows it; undefined: nothing yet, or nothing that is sound. */
export async function newestReceipt(
  { client, file }: Session,
  { header, jobHeaderHash }: SignedJob,
): Promise<SignedReceipt | undefined> {
  const path = routes.jobReceipt(header.leaseId, header.jobId);
  const received = await client.gateway.get(path, signedReceipt).catch((error: unknown) => {
    if (error instanceof HearthError && error.reaction !== 'distrust-peer') return undefined;
    throw error;
  });
  if (!received) return undefined;
  const { execution, settlement } = received.receipt;
  const isSound =
    receiptFaults(client.domain, received.receipt, received.signature).length === 0 &&
    (settlement.orderHash as Hex) === file.record.orderHash &&
    execution.jobHeaderHash === jobHeaderHash;
  return isSound ? received : undefined;
}
