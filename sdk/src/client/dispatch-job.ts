import { hashNotRun, isSignedBy, receiptFaults } from '@hearth/attestation/receipt';
import {
  type ErrorCode,
  HearthError,
  jobError,
  leaseIdHeader,
  routes,
  sealedJobContentType,
} from '../protocol/index.ts';
import type { JobRequest } from './job-request.ts';
import { dropLease, keepLease } from './lease.ts';
import { pairOf, withoutJob, withReceipt } from './order-record.ts';
import { type PreparedJob, prepareJob, withdrawJob } from './prepare-job.ts';
import type { Session } from './session.ts';

export type Dispatched = {
  readonly job: PreparedJob;
  readonly response: Response;
  readonly preparedAt: number;
};

/** What may be over with the lease and not with the job. */
const leaseFaults: ReadonlySet<ErrorCode> = new Set([
  'lease_invalid',
  'hold_exceeded',
  'key_config_mismatch',
  'enclave_lost',
]);
/** Of an old lease only: its slot may have gone to somebody else. */
const oldLeaseFaults: ReadonlySet<ErrorCode> = new Set([...leaseFaults, 'unavailable']);

/**
 * Prepares and sends. A refusal before the answer began is followed by one more attempt in two cases: the enclave had
 * earned more than this process knew and proves it by a receipt, or the lease is no good and the next one may be.
 * Either way the first job stays authorised and counted until the enclave's signed word, so nothing is paid unseen.
 */
export async function dispatchJob(
  session: Session,
  request: JobRequest,
  signal: AbortSignal | undefined,
): Promise<Dispatched> {
  let hasCaughtUp = false;
  let hasChangedLease = false;
  for (;;) {
    const job = await prepareJob(session, request);
    const preparedAt = performance.now();
    try {
      return { job, response: await send(session, job, signal), preparedAt };
    } catch (error) {
      if (!(error instanceof HearthError) || signal?.aborted) throw error;
      if (error.code === 'cap_exceeded' && !hasCaughtUp && catchUp(session, error)) hasCaughtUp = true;
      else if ((job.isNewLease ? leaseFaults : oldLeaseFaults).has(error.code) && !hasChangedLease)
        hasChangedLease = true;
      else throw error;
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
    const isLeaseSound = signal?.aborted || (error instanceof HearthError && requestFaults.has(error.code));
    (isLeaseSound ? keepLease : dropLease)(session, job.lease);
    if (error instanceof HearthError && isNotRun(session, job, error)) {
      const { enclaveKey } = job.lease.grant.lease.body;
      session.file.save(withoutJob(session.file.record, enclaveKey, job.jobHeaderHash));
    }
    throw error;
  }
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
