import type { CallMemory } from '../client/call-memory.ts';
import { enclaveRefusal } from '../client/enclave-refusal.ts';
import type { JobRequest } from '../client/job-request.ts';
import { type JobEvent, type JobResult, runJob } from '../client/run-job.ts';
import type { Session } from '../client/session.ts';
import { HearthError, parseJson } from '../protocol/index.ts';
import type { ApiAnswer } from './api.ts';
import { DoneGate } from './done-gate.ts';
import { within } from './within.ts';

/** Clients give up on an answer whose headers do not come; until then a refusal still has a status of its own. */
const HEAD_PATIENCE_MS = 15_000;
const HEARTBEAT_MS = 10_000;

type Events = AsyncGenerator<JobEvent, void, undefined>;
type Step = Promise<IteratorResult<JobEvent, void>>;

/** Runs one sealed job and answers with it: streamed as it is authenticated, or in one piece once it is whole. */
export async function answerJob(
  session: Session,
  request: JobRequest,
  call: {
    readonly signal: AbortSignal;
    readonly memory: CallMemory | undefined;
    readonly onResult: (result: JobResult) => void;
  },
): Promise<ApiAnswer> {
  const events = noted(runJob(session, request, call.signal, call.memory), call.onResult);
  const first: Step = events.next();
  const isStream = request.body['stream'] === true;
  const head = isStream ? await within(first, HEAD_PATIENCE_MS) : await first;
  if (head === undefined) return streamed(first, events);
  if (head.done || head.value.type !== 'head') throw truncated();
  return isStream && head.value.status < 400 ? streamed(first, events, head.value) : whole(events);
}

/** Tells of the result, and marks a failure that came after an enclave had begun to answer: it may have been paid for. */
async function* noted(events: AsyncGenerator<JobEvent>, onResult: (result: JobResult) => void): Events {
  let hasBegun = false;
  try {
    for await (const event of events) {
      hasBegun ||= event.type === 'head';
      if (event.type === 'done') onResult(event.result);
      yield event;
    }
  } catch (error) {
    if (!hasBegun || !(error instanceof HearthError)) throw error;
    const { code, message, details } = error;
    throw new HearthError(code, message, { cause: error, details: { ...details, hasBegun } });
  }
}

type Head = Extract<JobEvent, { type: 'head' }>;

function streamed(first: Step, events: Events, head?: Head): ApiAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...(head ? jobHeaders(head) : {}),
    },
    body: relay(first, events),
  };
}

/**
 * Server-sent events as they come; a comment while there is none, and one that names the receipt before the last event. Throws
 * unless the answer proved to be whole.
 */
async function* relay(first: Step, events: Events): AsyncGenerator<string> {
  const gate = new DoneGate();
  const refusal: Uint8Array[] = [];
  let status = 200;
  try {
    for (let next = first; ; ) {
      const step = await within(next, HEARTBEAT_MS);
      if (step === undefined) {
        yield ': keep-alive\n\n';
        continue;
      }
      if (step.done) throw truncated();
      const event = step.value;
      if (event.type === 'head') status = event.status;
      else if (event.type === 'bytes' && status >= 400) refusal.push(event.bytes);
      else if (event.type === 'bytes') {
        const text = gate.pass(event.bytes);
        if (text !== '') yield text;
      } else if (status >= 400)
        throw enclaveRefusal(parseJson(Buffer.concat(refusal).toString('utf8')), status);
      else return yield `: x-receipt-id ${event.result.receiptHash}\n\n${gate.open()}`;
      next = events.next();
    }
  } finally {
    await events.return();
  }
}

async function whole(events: Events): Promise<ApiAnswer> {
  const pieces: Uint8Array[] = [];
  for await (const event of events) {
    if (event.type === 'bytes') pieces.push(event.bytes);
    if (event.type === 'done')
      return {
        status: event.result.status,
        headers: wholeHeaders(event.result),
        body: Buffer.concat(pieces),
      };
  }
  throw truncated();
}

function jobHeaders({ job }: Pick<JobResult, 'job'>): Record<string, string> {
  return {
    'x-job-id': job.header.jobId,
    'x-enclave-id': job.lease.grant.lease.body.enclaveKey,
  };
}

/** An error status here is the enclave's own, authenticated word: asking again says it again. */
function wholeHeaders(result: JobResult): Record<string, string> {
  const { status, timingsMs } = result;
  const milliseconds = (time: number) => time.toFixed(1);
  return {
    'content-type': 'application/json',
    ...jobHeaders(result),
    'x-receipt-id': result.receiptHash,
    ...(result.isDirect ? { 'x-hearth-direct': 'true' } : {}),
    'x-attempts': String(1 + result.lost.length + result.slower.length),
    'x-overhead-duration-ms': milliseconds(timingsMs.prepare),
    'server-timing': `prepare;dur=${milliseconds(timingsMs.prepare)}, total;dur=${milliseconds(timingsMs.total)}`,
    ...(status >= 400 ? { 'x-should-retry': String(status >= 500) } : {}),
  };
}

function truncated(): HearthError {
  return new HearthError('stream_truncated', 'the answer ended before its final frame');
}
