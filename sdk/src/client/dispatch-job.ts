import { hashNotRun, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import {
  type Continuation,
  type ErrorCode,
  HearthError,
  jobError,
  leaseIdHeader,
  routes,
  sealedJobContentType,
} from '../protocol/index.ts';
import { attemptAfter, type LostAttempt, MAX_ATTEMPTS } from './attempts.ts';
import type { JobRequest } from './job-request.ts';
import { dropLease, dropLeasesOf, keepLease } from './lease.ts';
import { pairOf, withoutJob, withReceipt } from './order-record.ts';
import { type PreparedJob, prepareJob, withdrawJob } from './prepare-job.ts';
import type { Session } from './session.ts';

export type Dispatched = {
  readonly job: PreparedJob;
  readonly response: Response;
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

export type Dispatch = {
  /** What earlier attempts delivered. */
  readonly continuation: Continuation | undefined;
  /** Earlier attempts of this call; those that are refused here are added. */
  readonly lost: LostAttempt[];
  readonly signal: AbortSignal | undefined;
};

/**
 * Prepares and sends. A refusal before the answer began is followed by another attempt in two cases: the enclave had
 * earned more than this process knew and proves it by a receipt, or the lane is no good and the next one may be.
 * Each job sent stays authorised and counted until its enclave's signed word, so nothing is paid unseen.
 */
export async function dispatchJob(
  session: Session,
  request: JobRequest,
  { continuation, lost, signal }: Dispatch,
): Promise<Dispatched> {
  let hasCaughtUp = false;
  for (;;) {
    const job = await prepareJob(session, request, attemptAfter(lost), continuation);
    const preparedAt = performance.now();
    try {
      return { job, response: await send(session, job, signal), preparedAt };
    } catch (error) {
      if (!(error instanceof HearthError) || signal?.aborted) throw error;
      lost.push({ job, receipt: undefined, reason: error });
      const isNews: boolean = error.code === 'cap_exceeded' && !hasCaughtUp && catchUp(session, error);
      hasCaughtUp ||= isNews;
      if ((!isNews && !laneFaults.has(error.code)) || lost.length >= MAX_ATTEMPTS) throw error;
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

async function send(session: Session, job: PreparedJob, signal: AbortSignal | undefined): Promise<Response> {
  if (signal?.aborted) {
    withdrawJob(session, job);
    keepLease(session, job.lease);
    throw signal.reason;
  }
  const body = Buffer.concat([job.sealed.prefixBytes, ...job.sealed.frames]);
  const headers = { 'content-type': sealedJobContentType, [leaseIdHeader]: job.header.leaseId };
  try {
    return await session.client.gateway.send(routes.jobs, body, headers, signal);
  } catch (error) {
    session.running.delete(job.jobHeaderHash);
    giveBack(session, job, signal?.aborted ? undefined : error);
    if (error instanceof HearthError && isNotRun(session, job, error)) {
      const { enclaveKey } = job.lease.grant.lease.body;
      session.file.save(withoutJob(session.file.record, enclaveKey, job.jobHeaderHash));
    }
    throw error;
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
