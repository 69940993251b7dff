import { hashNotRun, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import {
  type ErrorCode,
  HearthError,
  jobError,
  leaseIdHeader,
  routes,
  sealedJobContentType,
} from '../protocol/index.ts';
import { MAX_ATTEMPTS, noteLost } from './attempts.ts';
import { isWanted } from './called-off.ts';
import { directLane } from './direct-lease.ts';
import { type Gateway, isUnreachable } from './gateway.ts';
import { sendAgain } from './gateway-list.ts';
import type { JobRequest } from './job-request.ts';
import { dropLease, dropLeasesOf, type GrantedLease, keepLease } from './lease.ts';
import { pairOf, withoutJob, withReceipt } from './order-record.ts';
import type { HttpAnswer } from './post-bytes.ts';
import { type Preparation, type PreparedJob, prepareJob, withdrawJob } from './prepare-job.ts';
import type { Session } from './session.ts';

export type Dispatched = {
  readonly job: PreparedJob;
  readonly response: HttpAnswer;
  /** No gateway carries it. */
  readonly isDirect: boolean;
  readonly preparedAt: number;
};

/** Faults of a lease, its node or the way there: another one may do. */
const laneFaults: ReadonlySet<ErrorCode> = new Set([
  'lease_invalid',
  'hold_exceeded',
  'key_config_mismatch',
  'enclave_lost',
  'stream_truncated',
  'peer_protocol_violation',
  'unavailable',
  'internal',
  'timeout',
]);
/** Of these, the ones that make every lease at the same enclave useless. */
const enclaveFaults: ReadonlySet<ErrorCode> = new Set(['enclave_lost', 'peer_protocol_violation', 'timeout']);

/**
 * Prepares and sends. A refusal before the answer began is followed by another attempt in two cases: the enclave had
 * earned more than this process knew and proves it by a receipt, or the lane is no good and the next one may be.
 * Each job sent stays authorised and counted until its enclave's signed word, so nothing is paid unseen. Attempts that are
 * refused here are noted with the others of the call.
 */
export async function dispatchJob(
  session: Session,
  request: JobRequest,
  call: Preparation,
): Promise<Dispatched> {
  const { attempts, signal } = call;
  let hasCaughtUp = false;
  for (;;) {
    const job = await prepareJob(session, request, call);
    const preparedAt = performance.now();
    try {
      return { job, ...(await send(session, job, signal)), preparedAt };
    } catch (error) {
      if (!(error instanceof HearthError)) throw error;
      noteLost(session, attempts, { job, receipt: undefined, reason: error });
      if (signal?.aborted) throw error;
      const isNews: boolean = error.code === 'cap_exceeded' && !hasCaughtUp && catchUp(session, error);
      hasCaughtUp ||= isNews;
      if ((!isNews && !laneFaults.has(error.code)) || attempts.count >= MAX_ATTEMPTS) throw error;
    }
  }
}

/** Reasons that lie with the request or the caps: the lease itself is as good as before. */
const requestFaults: ReadonlySet<ErrorCode> = new Set([
  'cap_exceeded',
  'context_length_exceeded',
  'invalid_request',
  'unsupported_parameter',
  'invalid_api_key',
  'too_large',
]);

async function send(
  session: Session,
  job: PreparedJob,
  signal: AbortSignal | undefined,
): Promise<{ response: HttpAnswer; isDirect: boolean }> {
  if (signal?.aborted) {
    withdrawJob(session, job);
    keepLease(session, job.lease);
    throw signal.reason;
  }
  const body = Buffer.concat([job.sealed.prefixBytes, ...job.sealed.frames]);
  const headers = { 'content-type': sealedJobContentType, [leaseIdHeader]: job.header.leaseId };
  try {
    return await sendBy(session, job.lease, (lane) => lane.send(routes.jobs, body, headers, signal));
  } catch (error) {
    session.running.delete(job.jobHeaderHash);
    giveBack(session, job, isWanted(error, signal) ? undefined : error);
    if (error instanceof HearthError && isNotRun(session, job, error)) {
      const { enclaveKey } = job.lease.grant.lease.body;
      session.file.save(withoutJob(session.file.record, enclaveKey, job.jobHeaderHash));
    }
    throw error;
  }
}

/** By the gateway; where none answers, to the node itself. The same bytes, which run once wherever they arrive twice. */
async function sendBy(
  { client }: Session,
  lease: GrantedLease,
  send: (lane: Gateway) => Promise<HttpAnswer>,
): Promise<{ response: HttpAnswer; isDirect: boolean }> {
  if (lease.direct) return { response: await send(lease.direct), isDirect: true };
  try {
    return { response: await send(client.gateway), isDirect: false };
  } catch (error) {
    if (!isUnreachable(error) || client.policy.service.direct === 'never') throw error;
    const node = directLane(client, lease);
    if (!node) throw error;
    return { response: await sendAgain(() => send(node), [error]), isDirect: true };
  }
}

function giveBack(session: Session, { lease }: PreparedJob, error: unknown): void {
  const code = error instanceof HearthError ? error.code : undefined;
  if (error === undefined || (code && requestFaults.has(code))) keepLease(session, lease);
  else if (code && enclaveFaults.has(code)) dropLeasesOf(session, lease);
  else dropLease(session, lease);
}

/**
 * Only the enclave's signed word frees the cap of a job that was sent. The gateway's own refusal is no proof: the job
 * might run all the same, so it stays in flight, which costs nothing but room under the cap.
 */
function isNotRun(session: Session, job: PreparedJob, error: HearthError): boolean {
  const notRun = jobError.shape.details.safeParse(error.details).data?.notRun;
  const { enclaveKey } = job.lease.grant.lease.body;
  return (
    notRun !== undefined &&
    notRun.notRun.jobHeaderHash === job.jobHeaderHash &&
    notRun.notRun.enclaveKey === enclaveKey &&
    isSignedBy(hashNotRun(session.client.domain, notRun.notRun), notRun.signature, enclaveKey)
  );
}

/** Takes over the newest receipt that came with a refusal. @returns whether it taught us anything */
function catchUp(session: Session, error: HearthError): boolean {
  const newest = jobError.shape.details.safeParse(error.details).data?.newestReceipt;
  if (!newest || receiptFaults(session.client.domain, newest.receipt, newest.signature).length > 0)
    return false;
  const { record } = session.file;
  const { settlement } = newest.receipt;
  const known = pairOf(record, settlement.enclaveKey).newest?.receipt.settlement.sequence ?? 0n;
  if (settlement.orderHash !== record.orderHash || settlement.sequence <= known) return false;
  session.file.save(withReceipt(record, newest));
  return true;
}
