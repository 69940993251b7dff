import { type Hex, hashReceipt } from '@hearth/attestation/receipt';
import { endpoints, HearthError, nameOf, outcomes, type SignedReceipt } from '../protocol/index.ts';
import type { CommittedOutput } from '../sealed-job/index.ts';
import { Attempts, type LostAttempt, MAX_ATTEMPTS } from './attempts.ts';
import { type Begun, beginAnswer, endAttempt } from './begin-answer.ts';
import type { CallMemory } from './call-memory.ts';
import { DeliveredAnswer } from './delivered-answer.ts';
import { hearOut } from './hear-out.ts';
import type { JobRequest } from './job-request.ts';
import { withReceipt } from './order-record.ts';
import { type PreparedJob, prepareNext } from './prepare-job.ts';
import { BrokenAnswer } from './read-answer.ts';
import type { Session } from './session.ts';
import { takeUp } from './take-up.ts';

/** A finished job: the answer was authenticated to its last byte and the receipt says what it cost. */
export type JobResult = {
  /** The one that brought the answer to its end. */
  readonly job: PreparedJob;
  readonly status: number;
  /** The assistant's text, whichever enclaves said it. */
  readonly content: string;
  /** What of it this job said: what its receipt commits to. */
  readonly ownOutput: readonly CommittedOutput[];
  readonly receipt: SignedReceipt['receipt'];
  readonly receiptSignature: Hex;
  readonly receiptHash: Hex;
  /** Jobs that broke off, or were called off as too slow, before this one took over, oldest first. */
  readonly lost: readonly LostAttempt[];
  /** Jobs that were asked beside this one and called off when it answered first: each cost at most its cap. */
  readonly slower: readonly LostAttempt[];
  /** It went to the node itself, because no gateway answered. */
  readonly isDirect: boolean;
  readonly timingsMs: { readonly prepare: number; readonly firstByte: number; readonly total: number };
};

export type JobEvent =
  | {
      readonly type: 'head';
      readonly status: number;
      readonly contentType: string;
      readonly job: PreparedJob;
    }
  /** Authenticated bytes of the OpenAI-shaped answer: JSON, or server-sent events when `stream` was asked for. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'done'; readonly result: JobResult };

/** What one call has seen so far, over all attempts. */
type Call = {
  readonly session: Session;
  readonly signal: AbortSignal | undefined;
  readonly answer: DeliveredAnswer;
  readonly attempts: Attempts;
  readonly memory: CallMemory | undefined;
  readonly startedAt: number;
  preparedAt: number;
  firstByteAt: number | undefined;
};

/**
 * Runs one job. An enclave that is lost, before its first token or in mid-answer, is followed by another one that goes on
 * from the tokens delivered; the caller sees one answer, and `result.lost` says what happened. The answer is whole only
 * once `done` arrives; one that nobody could finish throws `stream_truncated` or `enclave_lost`, and what was received
 * until then is paid for by the interim receipts. With a `memory` it goes on where an earlier try of the same call broke off.
 */
export async function* runJob(
  session: Session,
  request: JobRequest,
  signal?: AbortSignal,
  memory?: CallMemory,
): AsyncGenerator<JobEvent> {
  const startedAt = performance.now();
  const { lost, tokens } = await takeUp(session, memory?.before);
  const answer = new DeliveredAnswer(endpoints[request.endpoint], tokens);
  const attempts = new Attempts(lost, () => keep(call));
  const times = { startedAt, preparedAt: 0, firstByteAt: undefined };
  const call: Call = { session, signal, answer, attempts, memory, ...times };
  session.hedges.noteJob(session.client.policy.service);
  for (;;) {
    const begun = await beginNext(call, request);
    const end = begun && (yield* oneAttempt(call, begun));
    if (end === undefined) continue;
    memory?.forget();
    return yield { type: 'done', result: end };
  }
}

function keep({ memory, attempts, answer }: Call): void {
  memory?.keep({ jobs: attempts.jobs, tokens: answer.delivered?.tokens ?? [] });
}

/**
 * When nobody takes over, the caller hears why the answer broke off, not why nobody did.
 * @returns undefined when the attempt was lost before its first token and another one may follow
 */
async function beginNext(call: Call, request: JobRequest): Promise<Begun | undefined> {
  const { session, signal, answer, attempts } = call;
  const broken = attempts.lastReason;
  try {
    const { delivered } = answer;
    const continuation = delivered && { ...delivered, receipts: attempts.receipts };
    const begun = await beginAnswer(session, request, { attempts, continuation, avoid: [], signal });
    call.preparedAt ||= begun.preparedAt;
    return begun;
  } catch (cause) {
    if (cause instanceof BrokenAnswer) return mayFollow(call, cause.reason);
    throw broken === undefined || signal?.aborted ? cause : broken;
  }
}

/** @throws `reason` when nobody may take over */
function mayFollow({ answer, attempts }: Call, reason: HearthError): undefined {
  if (!answer.canContinue || attempts.count >= MAX_ATTEMPTS) throw reason;
}

/** @returns the result; undefined when the attempt was lost and another one may go on */
async function* oneAttempt(call: Call, begun: Begun): AsyncGenerator<JobEvent, JobResult | undefined> {
  const { job } = begun;
  const { session, signal, attempts } = call;
  const progress: { receipt: SignedReceipt | undefined } = { receipt: undefined };
  let isBroken = false;
  try {
    return yield* relayAnswer(call, begun, progress);
  } catch (error) {
    isBroken = !signal?.aborted;
    keep(call);
    if (!(error instanceof BrokenAnswer)) throw error;
    attempts.lose({ job, receipt: progress.receipt, reason: error.reason });
    return mayFollow(call, error.reason);
  } finally {
    endAttempt(session, job, isBroken);
    if (signal?.aborted) void hearOut(session, job);
  }
}

async function* relayAnswer(
  call: Call,
  { job, events, isDirect }: Begun,
  progress: { receipt: SignedReceipt | undefined },
): AsyncGenerator<JobEvent, JobResult> {
  const { session, answer } = call;
  let status = 0;
  let result: JobResult | undefined;
  for await (const event of events) {
    if (event.type === 'head') {
      ({ status } = event.head);
      const { contentType } = event.head;
      if (status >= 400 && answer.hasBegun) throw new BrokenAnswer(refusedToGoOn(status));
      if (answer.start(contentType)) yield { type: 'head', status, contentType, job };
    }
    if (event.type === 'data') yield* out(call, answer.take(event.bytes, event.tokenIds));
    if (event.type === 'receipt' || event.type === 'final') {
      progress.receipt = event.receipt;
      session.file.save(withReceipt(session.file.record, event.receipt));
    }
    if (event.type === 'receipt') {
      keep(call);
      void prepareNext(session, job);
    }
    if (event.type === 'final') {
      const { final, receipt, output } = event;
      if (final.failure && mayGoOn(call)) throw new BrokenAnswer(gaveUp(receipt));
      yield* out(call, final.failure ? answer.fail(final.failure.body) : answer.finish());
      const own = { job, isDirect, status: final.failure?.status ?? status, ownOutput: output };
      result = resultOf(call, own, receipt);
    }
  }
  if (!result) throw new Error('unreachable: an answer that ends without its final frame throws');
  return result;
}

function* out(call: Call, pieces: readonly Uint8Array[]): Generator<JobEvent> {
  for (const bytes of pieces) {
    call.firstByteAt ??= performance.now();
    yield { type: 'bytes', bytes };
  }
}

const mayGoOn = ({ answer, attempts, signal }: Call) =>
  answer.canContinue && attempts.count < MAX_ATTEMPTS && !signal?.aborted;

/** The enclave's own signed word that it stops here, billed as far as it went. */
function gaveUp({ receipt }: SignedReceipt): HearthError {
  const outcome = nameOf(outcomes, receipt.execution.outcome);
  return new HearthError('unavailable', `the enclave broke its answer off (${outcome})`, {
    details: { outcome },
  });
}

const refusedToGoOn = (status: number) =>
  new HearthError(
    'stream_truncated',
    `the enclave that was to go on with the answer refused with status ${status}`,
  );

function resultOf(
  { session, answer, attempts, startedAt, preparedAt, firstByteAt }: Call,
  own: Pick<JobResult, 'job' | 'isDirect' | 'status' | 'ownOutput'>,
  { receipt, signature }: SignedReceipt,
): JobResult {
  const endedAt = performance.now();
  const { header } = own.job;
  return {
    ...own,
    content: answer.content(),
    receipt,
    receiptSignature: signature,
    receiptHash: hashReceipt(session.client.domain, receipt),
    lost: attempts.before(header),
    slower: attempts.after(header),
    timingsMs: {
      prepare: preparedAt - startedAt,
      firstByte: (firstByteAt ?? endedAt) - startedAt,
      total: endedAt - startedAt,
    },
  };
}
