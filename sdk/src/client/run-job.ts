import { type Hex, hashReceipt } from '@hearth/attestation/receipt';
import { endpoints, HearthError, nameOf, outcomes, type SignedReceipt } from '../protocol/index.ts';
import type { CommittedOutput } from '../sealed-job/index.ts';
import { type LostAttempt, MAX_ATTEMPTS } from './attempts.ts';
import { DeliveredAnswer } from './delivered-answer.ts';
import { type Dispatched, dispatchJob } from './dispatch-job.ts';
import type { JobRequest } from './job-request.ts';
import { dropLeasesOf, keepLease } from './lease.ts';
import { withReceipt } from './order-record.ts';
import type { PreparedJob } from './prepare-job.ts';
import { BrokenAnswer, readAnswer } from './read-answer.ts';
import type { Session } from './session.ts';

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
  /** Jobs that broke off before this one took over, oldest first. */
  readonly lost: readonly LostAttempt[];
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
  readonly lost: LostAttempt[];
  readonly startedAt: number;
  preparedAt: number;
  firstByteAt: number | undefined;
};

/**
 * Runs one job. An enclave that is lost, before its first token or in mid-answer, is followed by another one that goes on
 * from the tokens delivered; the caller sees one answer, and `result.lost` says what happened. The answer is whole only
 * once `done` arrives; one that nobody could finish throws `stream_truncated` or `enclave_lost`, and what was received
 * until then is paid for by the interim receipts.
 */
export async function* runJob(
  session: Session,
  request: JobRequest,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent> {
  const startedAt = performance.now();
  const answer = new DeliveredAnswer(endpoints[request.endpoint]);
  const call: Call = { session, signal, answer, lost: [], startedAt, preparedAt: 0, firstByteAt: undefined };
  for (;;) {
    const dispatched = await dispatchNext(call, request);
    const end = yield* oneAttempt(call, dispatched);
    if (end === undefined) continue;
    return yield { type: 'done', result: end };
  }
}

/** When nobody takes over, the caller hears why the answer broke off, not why nobody did. */
async function dispatchNext(call: Call, request: JobRequest): Promise<Dispatched> {
  const { session, signal, answer, lost } = call;
  const broken = lost.at(-1)?.reason;
  try {
    const dispatched = await dispatchJob(session, request, {
      continuation: answer.continuation,
      lost,
      signal,
    });
    call.preparedAt ||= dispatched.preparedAt;
    return dispatched;
  } catch (cause) {
    throw broken === undefined || signal?.aborted ? cause : broken;
  }
}

/** @returns the result; undefined when the attempt was lost and another one may go on */
async function* oneAttempt(
  call: Call,
  { job, response }: Dispatched,
): AsyncGenerator<JobEvent, JobResult | undefined> {
  const { session, signal } = call;
  const progress: { receipt: SignedReceipt | undefined } = { receipt: undefined };
  let isBroken = false;
  try {
    return yield* relayAnswer(call, job, response, progress);
  } catch (error) {
    isBroken = !signal?.aborted;
    if (!(error instanceof BrokenAnswer)) throw error;
    call.lost.push({ job, receipt: progress.receipt, reason: error.reason });
    if (!call.answer.canContinue || call.lost.length >= MAX_ATTEMPTS) throw error.reason;
    return undefined;
  } finally {
    session.running.delete(job.jobHeaderHash);
    // Who broke off a job is not sent another; the lease of one whose buyer went away is as good as ever.
    (isBroken ? dropLeasesOf : keepLease)(session, job.lease);
  }
}

async function* relayAnswer(
  call: Call,
  job: PreparedJob,
  response: Response,
  progress: { receipt: SignedReceipt | undefined },
): AsyncGenerator<JobEvent, JobResult> {
  const { session, signal, answer } = call;
  let status = 0;
  let result: JobResult | undefined;
  for await (const event of readAnswer(session, job, response, signal)) {
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
    if (event.type === 'final') {
      const { final, receipt, output } = event;
      if (final.failure && mayGoOn(call)) throw new BrokenAnswer(gaveUp(receipt));
      yield* out(call, final.failure ? answer.fail(final.failure.body) : answer.finish());
      result = resultOf(call, job, receipt, final.failure?.status ?? status, output);
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

const mayGoOn = ({ answer, lost, signal }: Call) =>
  answer.canContinue && lost.length + 1 < MAX_ATTEMPTS && !signal?.aborted;

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
  { session, answer, lost, startedAt, preparedAt, firstByteAt }: Call,
  job: PreparedJob,
  { receipt, signature }: SignedReceipt,
  status: number,
  ownOutput: readonly CommittedOutput[],
): JobResult {
  const endedAt = performance.now();
  return {
    job,
    status,
    content: answer.content(),
    ownOutput,
    receipt,
    receiptSignature: signature,
    receiptHash: hashReceipt(session.client.domain, receipt),
    lost,
    timingsMs: {
      prepare: preparedAt - startedAt,
      firstByte: (firstByteAt ?? endedAt) - startedAt,
      total: endedAt - startedAt,
    },
  };
}
