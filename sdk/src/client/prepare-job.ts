import { type Hex, hashJobHeader, signDigest } from '@hearth/attestation/receipt';
import type { JobHeader } from '@hearth/contracts';
import { z } from 'zod';
import { appraiseTerms, clauseSentence, failedClause } from '../policy/index.ts';
import {
  base64ToBytes,
  type Continuation,
  classOfEndpoint,
  continuation as continuationCodec,
  continuationMember,
  HearthError,
  type SignedCap,
} from '../protocol/index.ts';
import { newCek, type SealedRequest, sealAhead, sealRequest } from '../sealed-job/index.ts';
import { type Attempt, Attempts } from './attempts.ts';
import type { SignedJob } from './call-memory.ts';
import { coveredLease } from './covered-lease.ts';
import { boundsOfRest, type JobBounds, jobBounds } from './job-bounds.ts';
import { buildHeader } from './job-header.ts';
import type { JobRequest, RequestBody } from './job-request.ts';
import { type GrantedLease, keepLease } from './lease.ts';
import {
  nextCumulativeCap,
  pairOf,
  reservationFor,
  withJobSent,
  withoutJob,
  withReservation,
} from './order-record.ts';
import { type Session, sessionKey } from './session.ts';
import { signCap } from './sign-cap.ts';

/** A job that is sealed, authorised and on disk, and not yet sent. */
export type PreparedJob = SignedJob & {
  /** As it was sealed, with the continuation if there is one: what the commitments are over. */
  readonly request: RequestBody;
  /** By an earlier attempt, as its receipt shows: not to be billed again either. */
  readonly isPromptPaid: boolean;
  readonly lease: GrantedLease;
  readonly cap: SignedCap;
  readonly cek: Uint8Array;
  readonly sealed: SealedRequest;
};

/** The call that a job is for. */
export type Preparation = {
  readonly attempts: Attempts;
  /** What earlier attempts delivered. */
  readonly continuation: Continuation | undefined;
  /** Enclaves that have been asked already. */
  readonly avoid: readonly Hex[];
  readonly signal: AbortSignal | undefined;
};

/**
 * Matches, verifies, signs and seals one job, and has the disk know of its cap for good: after this, sending is safe.
 * The job counts as under way until it is sent and has ended.
 */
export async function prepareJob(
  session: Session,
  { endpoint, body }: JobRequest,
  { attempts, continuation, avoid, signal }: Preparation = newCall(),
): Promise<PreparedJob> {
  const goOn = continuation && { [continuationMember]: z.encode(continuationCodec, continuation) };
  const request = asJson({ ...body, ...goOn });
  const tokensBefore = continuation?.tokens.length ?? 0;
  const isPromptPaid =
    continuation?.receipts.some(({ receipt }) => receipt.execution.inputTokens > 0) ?? false;
  const bounds = boundsOfRest(jobBounds({ endpoint, body: request }), { tokensBefore, isPromptPaid });
  const need = { model: request.model, class: classOfEndpoint[endpoint] };
  const lease = await coveredLease(session, need, bounds, { isUrgent: attempts.count > 0, avoid });
  const authorised = orKeep(session, lease, () => {
    signal?.throwIfAborted();
    return authorise(session, lease, endpoint, { ...bounds, ...attempts.next() }); // no await between the check of its cover and this
  });
  const { recipients, durable, cap, cek, ...rest } = authorised;
  const job: SignedJob = { ...rest, enclaveKey: lease.grant.lease.body.enclaveKey, tokensBefore };
  try {
    attempts.signed(job);
    const sealing = sealRequest({
      header: job.header,
      sessionSignature: job.sessionSignature,
      order: session.file.record.order,
      recipients,
      cumulativeCapPicoUsd: cap.cumulativeCapPicoUsd,
      authorizationSignature: cap.sessionSignature,
      jobHeaderHash: job.jobHeaderHash,
      cek,
      body: new TextEncoder().encode(JSON.stringify(request)),
    });
    const [sealed] = await Promise.all([sealing, durable]);
    return { ...job, request, isPromptPaid, lease, cap, cek, sealed };
  } catch (error) {
    withdrawJob(session, { lease, jobHeaderHash: job.jobHeaderHash });
    keepLease(session, lease);
    if (!(error instanceof RangeError)) throw error;
    throw new HearthError('too_large', `request: ${error.message}`, { cause: error });
  }
}

const newCall = (): Preparation => ({
  attempts: new Attempts(),
  continuation: undefined,
  avoid: [],
  signal: undefined,
});

/** For a job of which not a byte left this process: nobody can ever run it. */
export function withdrawJob(
  session: Session,
  { lease, jobHeaderHash }: Pick<PreparedJob, 'lease' | 'jobHeaderHash'>,
): void {
  const { enclaveKey } = lease.grant.lease.body;
  session.running.delete(jobHeaderHash);
  session.file.save(withoutJob(session.file.record, enclaveKey, jobHeaderHash));
}

/** While an answer comes there is time for what the next job to its enclave will take: room on the disk, and a key exchange. */
export async function prepareNext(session: Session, { lease, header }: PreparedJob): Promise<void> {
  const { key } = lease.enclave;
  await Promise.all([
    reserve(session, lease.grant.lease.body.enclaveKey, header),
    sealAhead(key.keyConfig.suite, base64ToBytes(key.publicKey)),
  ]);
}

async function reserve({ file, reserved }: Session, enclaveKey: Hex, header: JobHeader): Promise<void> {
  if (file.isReleased) return;
  const next = withReservation(file.record, enclaveKey, header, file.bootId);
  if (next === undefined) return;
  try {
    file.save(next.record);
    await file.durable();
    reserved.add(next.room);
  } catch {
    // the next job asks the disk itself, and says what it answers
  }
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
 * Signs header and cap and writes both down, all in one go: two jobs never build on the same total. Nothing may be sent before
 * `durable` has resolved.
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
  const job = { jobHeaderHash, jobId, capPicoUsd, expiresAtUnixSec };
  const room = reservationFor(pairOf(file.record, enclaveKey), job, (each) => session.reserved.has(each));
  file.save(withJobSent(file.record, enclaveKey, job, cap, room));
  running.add(jobHeaderHash);
  return {
    durable: room ? undefined : file.durable(), // beside what is signed and sealed next
    header,
    jobHeaderHash,
    sessionSignature: signDigest(jobHeaderHash, sessionKey(session)),
    cap,
    cek,
    recipients,
  };
}
