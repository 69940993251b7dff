import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import {
  type OpenedBody,
  type OpenedJob,
  openJob,
  type ParsedRequestPrefix,
  RequestBodyOpener,
  RequestPrefixReader,
  ResponseSealer,
  recipientsRoot,
} from '@hearth/sdk/sealed-job';
import { EnclaveError } from '../../channel/errors.ts';
import type { Control } from '../../channel/message-schemas.ts';
import type { InferenceSequence } from '../inference/engine.ts';
import { type AdmissibleJob, type AuthenticJob, assertAdmissible, authenticate } from './admission.ts';
import { Answer } from './answer.ts';
import type { EnclaveEnvironment, JobEnvironment } from './environment.ts';
import type { JobIo } from './job-io.ts';
import { ResponseStream } from './response-stream.ts';

export type JobEnd =
  | { readonly kind: 'done'; readonly body: Control<'jobDone'> }
  | { readonly kind: 'refused'; readonly body: Control<'jobRefused'> };

/** Runs one job from its first sealed byte to its final receipt, or to a coded refusal. Never rejects for what a peer did. */
export async function runJob(environment: EnclaveEnvironment, io: JobIo): Promise<JobEnd> {
  const request = io.request[Symbol.asyncIterator]();
  let prefix: ParsedRequestPrefix | undefined;
  let authentic: AuthenticJob | undefined;
  try {
    const first = await readPrefix(request, io.signal);
    prefix = first.prefix;
    authentic = authenticate(prefix, environment);
    environment.book.account(prefix.header.orderHash).noteCap(authentic.cap);
    admit(environment, prefix, authentic); // what is refused anyway moves no model
    const acceptedAtMs = environment.clock.nowMs(); // before the wait for its model: the receipt shows it
    const model = await environment.models.enter(prefix.header.modelDigest as Hex);
    try {
      // Again, after the wait. From here to the taken slot nothing is awaited: of two copies of one job, one runs.
      const admissible = admit(environment, prefix, authentic);
      const job = { ...first, request, authentic, admissible, acceptedAtMs };
      return await runAdmissible({ ...environment, ...model }, io, job);
    } finally {
      model.leave();
    }
  } catch (error) {
    const refusal = asRefusal(error);
    if (!refusal) throw error;
    return { kind: 'refused', body: refusalBody(environment, refusal, prefix, authentic) };
  }
}

type Admitting = {
  readonly prefix: ParsedRequestPrefix;
  readonly rest: Uint8Array;
  readonly request: AsyncIterator<Uint8Array>;
  readonly authentic: AuthenticJob;
  readonly admissible: AdmissibleJob;
  readonly acceptedAtMs: number;
};

/** Holds slot and cap from here on; whatever fails before the answer gives both back. */
async function runAdmissible(environment: JobEnvironment, io: JobIo, job: Admitting): Promise<JobEnd> {
  const { header } = job.prefix;
  const { jobHeaderHash } = job.authentic;
  const account = environment.book.account(header.orderHash);
  const sequence = takeSlotAndCap(environment, job);
  let opened: OpenedJob | undefined;
  let answer: Answer;
  try {
    opened = await openJob(job.prefix, jobHeaderHash, job.admissible.key);
    environment.guard.noteRun(jobHeaderHash, opened.keyId);
    const { jobId, leaseId, orderHash, capPicoUsd } = header;
    io.accepted({ jobHeaderHash, jobId, leaseId, orderHash, capPicoUsd });
    const { body, requestCiphertextHash } = await readBody(
      new RequestBodyOpener(opened, job.prefix),
      job,
      io.signal,
    );
    const { evidenceHash } = job.admissible.recipient;
    const metered = {
      prefix: job.prefix,
      opened,
      evidenceHash,
      requestCiphertextHash,
      request: jsonObject(body),
      acceptedAtMs: job.acceptedAtMs,
    };
    const stream = new ResponseStream(new ResponseSealer(opened), io);
    await stream.prelude();
    answer = new Answer(environment, metered, io, stream);
  } catch (error) {
    wipe(opened);
    account.dropJob(jobHeaderHash);
    environment.guard.noteWithdrawn(jobHeaderHash, job.admissible.key.keyId); // if it opened, it counted as run
    await sequence.release();
    throw error;
  }
  const { outcome, issued } = await answer.run(sequence).finally(() => wipe(opened));
  const { inputTokens, outputTokens } = issued.receipt.execution;
  return {
    kind: 'done',
    body: { jobHeaderHash, outcome, receiptHash: issued.receiptHash, inputTokens, outputTokens },
  };
}

function wipe(opened: OpenedJob | undefined): void {
  opened?.cek.fill(0);
  opened?.responseSecret.fill(0);
}

/** Both at once and synchronously: two jobs must not be admitted on the same slot or the same money. */
function takeSlotAndCap(environment: JobEnvironment, { prefix, authentic }: Admitting): InferenceSequence {
  const { orderHash, capPicoUsd } = prefix.header;
  const account = environment.book.account(orderHash);
  if (!account.canCover(capPicoUsd)) {
    const highest = account.highestCap?.cumulativeCapPicoUsd;
    throw new EnclaveError(
      'cap_exceeded',
      `order ${orderHash}: with this job it could owe ${account.worstCaseWith(capPicoUsd)} pUSD, authorised are ${highest}`,
    );
  }
  const sequence = environment.engine.createSequence();
  if (!sequence) throw new EnclaveError('no_free_slot', `all ${environment.engine.slots} slots are taken`);
  account.openJob(authentic.jobHeaderHash, capPicoUsd);
  return sequence;
}

function admit(
  environment: EnclaveEnvironment,
  prefix: ParsedRequestPrefix,
  { jobHeaderHash }: AuthenticJob,
): AdmissibleJob {
  const why = environment.guard.whyClosed(jobHeaderHash);
  if (environment.book.account(prefix.header.orderHash).isOpen(jobHeaderHash)) {
    throw new EnclaveError('still_running', `job ${jobHeaderHash} is running`);
  }
  if (why === 'ran') throw new EnclaveError('replayed', `job ${jobHeaderHash} ran before`);
  if (why === 'withdrawn')
    throw new EnclaveError('withdrawn', `job ${jobHeaderHash}: this enclave signed that it will not run`);
  return assertAdmissible(prefix, environment);
}

async function readPrefix(request: AsyncIterator<Uint8Array>, signal: AbortSignal) {
  const reader = new RequestPrefixReader();
  for (;;) {
    const { value: chunk, done } = await request.next();
    if (done) throw cutShort(signal);
    const parsed = reader.push(chunk);
    if (parsed) return parsed;
  }
}

async function readBody(opener: RequestBodyOpener, job: Admitting, signal: AbortSignal): Promise<OpenedBody> {
  opener.push(job.rest);
  for (;;) {
    const { value: chunk, done } = await job.request.next();
    if (signal.aborted) throw cutShort(signal);
    if (done) return opener.end();
    opener.push(chunk);
  }
}

function cutShort(signal: AbortSignal): EnclaveError {
  return signal.aborted
    ? new EnclaveError('withdrawn', 'the job was cancelled before its request was complete')
    : new EnclaveError('malformed_request', 'the request ended inside its prefix');
}

function jsonObject(body: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {};
  } catch {
    return {}; // the answer says that messages are missing
  }
}

/** Undefined for our own failures. What fails behind the encryption has one code, whatever it was. */
function asRefusal(error: unknown): EnclaveError | undefined {
  if (error instanceof EnclaveError) return error;
  if (!(error instanceof HearthError)) return undefined;
  if (error.code === 'too_large') return new EnclaveError('too_large', error.message);
  if (error.code === 'invalid_request') return new EnclaveError('malformed_request', error.message);
  return new EnclaveError('undecryptable', 'the request could not be opened');
}

function refusalBody(
  environment: EnclaveEnvironment,
  refusal: EnclaveError,
  prefix: ParsedRequestPrefix | undefined,
  authentic: AuthenticJob | undefined,
): Control<'jobRefused'> {
  const body = { code: refusal.code, message: refusal.message.slice(0, 2000) };
  if (!prefix || !authentic) return body;
  const newest = environment.book.account(prefix.header.orderHash).newest;
  return {
    ...body,
    ...(newest ? { newestReceipt: { receipt: newest.receipt, signature: newest.signature } } : {}),
    ...promiseNotRun(environment, prefix, authentic.jobHeaderHash),
  };
}

/**
 * A signed NotRun, where it is certain: the header commits to a key that lives, so the replay guard remembers every job
 * that was opened with it. For a wiped key nobody remembers, and nothing is promised.
 */
function promiseNotRun(
  environment: EnclaveEnvironment,
  { header, recipients }: ParsedRequestPrefix,
  jobHeaderHash: Hex,
): Pick<Control<'jobRefused'>, 'notRun'> {
  const keyId = recipients[0]?.keyId;
  const isCommitted = recipientsRoot(recipients) === header.recipientsRoot;
  if (!keyId || !isCommitted || !environment.keyring.find(keyId)) return {};
  const isOpen = environment.book.account(header.orderHash).isOpen(jobHeaderHash);
  if (isOpen || environment.guard.whyClosed(jobHeaderHash) === 'ran') return {};
  environment.guard.noteWithdrawn(jobHeaderHash, keyId);
  return { notRun: environment.book.signNotRun(jobHeaderHash) };
}
