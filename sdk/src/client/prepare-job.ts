import { type Hex, hashJobHeader, signDigest } from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import { appraiseTerms, clauseSentence, failedClause } from '../policy/index.ts';
import {
  type Continuation,
  classOfEndpoint,
  continuationMember,
  HearthError,
  type SignedCap,
} from '../protocol/index.ts';
import { newCek, type SealedRequest, sealRequest } from '../sealed-job/index.ts';
import { type Attempt, attemptAfter } from './attempts.ts';
import { coveredLease } from './covered-lease.ts';
import { boundsOfRest, type JobBounds, jobBounds } from './job-bounds.ts';
import { buildHeader } from './job-header.ts';
import type { JobRequest, RequestBody } from './job-request.ts';
import { type GrantedLease, keepLease } from './lease.ts';
import { nextCumulativeCap, pairOf, withJobSent, withoutJob } from './order-record.ts';
import { type Session, sessionKey } from './session.ts';
import { signCap } from './sign-cap.ts';

/** A job that is sealed, authorised and on disk, and not yet sent. */
export type PreparedJob = {
  /** As it was sealed, with the continuation if there is one: what the commitments are over. */
  readonly request: RequestBody;
  /** Delivered by earlier attempts: evaluated again here, and not to be billed again. */
  readonly tokensBefore: number;
  readonly lease: GrantedLease;
  readonly header: JobHeader;
  readonly jobHeaderHash: Hex;
  readonly sessionSignature: Hex;
  readonly cap: SignedCap;
  readonly cek: Uint8Array;
  readonly sealed: SealedRequest;
};

/**
 * Matches, verifies, signs and seals one job, and writes the signed cap to disk: after this, sending is safe.
 * The job counts as under way until `endJob`.
 */
export async function prepareJob(
  session: Session,
  { endpoint, body }: JobRequest,
  attempt = attemptAfter([]),
  continuation?: Continuation,
): Promise<PreparedJob> {
  const request = asJson(continuation ? { ...body, [continuationMember]: continuation } : body);
  const tokensBefore = continuation?.tokens.length ?? 0;
  const bounds = boundsOfRest(jobBounds({ endpoint, body: request }), tokensBefore);
  const need = { model: request.model, class: classOfEndpoint[endpoint] };
  const lease = await coveredLease(session, need, bounds, { isUrgent: attempt.attempt > 0 });
  const authorised = orKeep(
    session,
    lease,
    () => authorise(session, lease, endpoint, { ...bounds, ...attempt }), // no await between the check of its cover and this
  );
  const { recipients, ...job } = authorised;
  try {
    const sealed = await sealRequest({
      header: job.header,
      sessionSignature: job.sessionSignature,
      order: session.file.record.order,
      recipients,
      cumulativeCapPicoUsd: job.cap.cumulativeCapPicoUsd,
      authorizationSignature: job.cap.sessionSignature,
      jobHeaderHash: job.jobHeaderHash,
      cek: job.cek,
      body: new TextEncoder().encode(JSON.stringify(request)),
    });
    return { request, tokensBefore, lease, ...job, sealed };
  } catch (error) {
    withdrawJob(session, { lease, jobHeaderHash: job.jobHeaderHash });
    keepLease(session, lease);
    if (!(error instanceof RangeError)) throw error;
    throw new HearthError('too_large', `request: ${error.message}`, { cause: error });
  }
}

/** For a job of which not a byte left this process: nobody can ever run it. */
export function withdrawJob(
  session: Session,
  { lease, jobHeaderHash }: Pick<PreparedJob, 'lease' | 'jobHeaderHash'>,
): void {
  const { enclaveKey } = lease.grant.lease.body;
  session.running.delete(jobHeaderHash);
  session.file.save(withoutJob(session.file.record, enclaveKey, jobHeaderHash));
}

/** A job that may not be signed leaves its lease to another one. */
function orKeep<T>(session: Session, lease: GrantedLease, step: () => T): T {
  try {
    return step();
  } catch (error) {
    keepLease(session, lease);
    throw error;
  }
}

/** What the enclave will parse: an `undefined` or a `toJSON` must not make its commitments differ from ours. */
function asJson(request: RequestBody): RequestBody {
  return JSON.parse(JSON.stringify(request)) as RequestBody;
}

/**
 * Signs header and cap and writes both down, all in one go: two jobs never build on the same total.
 * @throws HearthError `policy_unsatisfied` for terms that the policy does not allow
 */
function authorise(
  session: Session,
  lease: GrantedLease,
  endpoint: JobRequest['endpoint'],
  limits: JobBounds & Attempt,
) {
  const { client, file, running } = session;
  const { enclaveKey } = lease.grant.lease.body;
  const cek = newCek();
  const nowUnixSec = BigInt(Math.floor(client.now() / 1000));
  const terms = { order: file.record.order, policy: client.policy };
  const { header, recipients } = buildHeader(lease, endpoint, terms, limits, cek, nowUnixSec);
  const failed = failedClause(appraiseTerms(client.policy, header));
  if (failed)
    throw new HearthError('policy_unsatisfied', clauseSentence('job: policy', failed), {
      details: { ...failed },
    });
  const jobHeaderHash = hashJobHeader(client.domain, header);
  const total = nextCumulativeCap(pairOf(file.record, enclaveKey), header.capPicoUsd);
  const cap = signCap(session, enclaveKey, jobHeaderHash, total);
  const { jobId, capPicoUsd, expiresAtUnixSec } = header;
  file.save(
    withJobSent(file.record, enclaveKey, { jobHeaderHash, jobId, capPicoUsd, expiresAtUnixSec }, cap),
  );
  running.add(jobHeaderHash);
  return {
    header,
    jobHeaderHash,
    sessionSignature: signDigest(jobHeaderHash, sessionKey(session)),
    cap,
    cek,
    recipients,
  };
}
