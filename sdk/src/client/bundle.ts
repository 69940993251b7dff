import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import {
  type Bundle,
  bundle,
  HearthError,
  type Opening,
  type ReceiptProof,
  receiptProof,
  routes,
  type SignedCap,
} from '../protocol/index.ts';
import { committedItems, openItems } from '../sealed-job/index.ts';
import type { LostAttempt } from './attempts.ts';
import { newestReceipt } from './hear-out.ts';
import { pairOf } from './order-record.ts';
import type { JobResult } from './run-job.ts';
import type { Session } from './session.ts';
import { signCap } from './sign-cap.ts';

export type BundleOptions = {
  /** Which commitments the bundle opens to its reader; 'none' by default, since an opening is plaintext. */
  readonly open?: 'all' | 'none';
  /** Wait at most this long for log inclusion and settlement; then they are left out and their levels are absent. */
  readonly waitMs?: number;
};

const POLL_MS = 100;

/** Everything that proves one finished job, as one JSON value. */
export async function buildBundle(
  session: Session,
  result: JobResult,
  options: BundleOptions = {},
): Promise<Bundle> {
  const proof = await fetchProof(session, result.receiptHash, options.waitMs ?? 15_000);
  const { record } = session.file;
  const { job } = result;
  const { statement, key } = job.lease.enclave;
  const { chainId, settlement, registry } = session.client.trust.chain;
  return {
    schema: 'hearth-bundle/1',
    domain: { chainId, settlement, registry },
    order: record.order,
    orderSignature: record.orderSignature,
    jobHeader: job.header,
    sessionSignature: job.sessionSignature,
    authorization: capOver(session, result),
    receipt: result.receipt,
    receiptSignature: result.receiptSignature,
    earlierAttempts: await Promise.all(result.lost.map((attempt) => otherAttempt(session, attempt))),
    laterAttempts: await Promise.all(result.slower.map((attempt) => otherAttempt(session, attempt))),
    enclaveKeys: statement.enclaveKeys,
    keyConfig: key,
    evidence: statement.evidence,
    model: statement.model,
    policy: record.policy,
    auction: proof?.auction ?? null,
    log: proof?.log ?? null,
    settlement: proof?.settlement ?? null,
    openings: options.open === 'all' ? openAll(result) : [],
  };
}

/** What it was paid for may have come after the call was over, and by the gateway alone. */
async function otherAttempt(session: Session, { job, receipt }: LostAttempt) {
  const { header: jobHeader, sessionSignature } = job;
  return { jobHeader, sessionSignature, receipt: (await newestReceipt(session, job)) ?? receipt ?? null };
}

/** The JSON text of a bundle. */
export function encodeBundle(value: Bundle): string {
  return `${JSON.stringify(z.encode(bundle, value), null, 1)}\n`;
}

/**
 * Jobs beside this one may have been billed first: then the total that its receipt states is above the cap it was sent
 * with, and covered by one signed later. That amount is signed again for this job; it authorises nothing new.
 */
function capOver(session: Session, { job, receipt }: JobResult): SignedCap {
  const { enclaveKey, cumulativePicoUsd } = receipt.settlement;
  const { highestCap } = pairOf(session.file.record, enclaveKey as Hex);
  if (job.cap.cumulativeCapPicoUsd >= cumulativePicoUsd || !highestCap) return job.cap;
  return signCap(session, enclaveKey as Hex, job.jobHeaderHash, highestCap.cumulativeCapPicoUsd);
}

async function fetchProof(
  session: Session,
  receiptHash: Hex,
  waitMs: number,
): Promise<ReceiptProof | undefined> {
  const deadline = performance.now() + waitMs;
  let proof: ReceiptProof | undefined;
  for (;;) {
    try {
      proof = await session.client.gateway.get(routes.receipt(receiptHash), receiptProof);
      if (proof.log && proof.auction && proof.settlement) return proof;
    } catch (error) {
      if (!(error instanceof HearthError) || (error.code !== 'not_found' && error.reaction !== 'retry-later'))
        throw error;
    }
    if (performance.now() >= deadline) return proof;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function openAll({ job, ownOutput }: JobResult): Opening[] {
  const items = committedItems(job.request, ownOutput, job.header.endpoint);
  return (['params', 'prompt', 'output'] as const).flatMap((tree) => openItems(tree, items[tree], job.cek));
}
