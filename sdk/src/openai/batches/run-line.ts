import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CallMemory } from '../../client/call-memory.ts';
import type { JobRequest } from '../../client/job-request.ts';
import type { JobResult } from '../../client/run-job.ts';
import { continuationMember, HearthError, parseJson } from '../../protocol/index.ts';
import type { ApiAnswer } from '../api.ts';
import { errorAnswer } from '../error-envelope.ts';
import { describeCall } from '../receipt-shelf.ts';
import { parseRequestBody } from '../request-body.ts';
import type { BatchLine } from './batch-input.ts';
import type { LineResult } from './batch-store.ts';

/** How a request is answered: by one sealed job, that goes on where an earlier one of the line broke off. */
export type AnswerJob = (request: JobRequest, call: LineCall) => Promise<ApiAnswer>;
export type LineCall = {
  readonly signal: AbortSignal;
  readonly memory: CallMemory;
  /** Hears what each call was paid for. */
  readonly note: (result: JobResult) => void;
};

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1_000;

/** One line to its end. What may succeed later is tried again. @throws the signal's reason when the batch is stopped */
export async function runLine(
  answer: AnswerJob,
  endpoint: JobRequest['endpoint'],
  { customId, body }: BatchLine,
  { signal, memory }: Pick<LineCall, 'signal' | 'memory'>,
): Promise<LineResult> {
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  const receipts: object[] = [];
  const call = { signal, memory, note: (result: JobResult) => void receipts.push(describeCall(result)) };
  const responded = ({ status, body: bytes }: ApiAnswer): LineResult => {
    const json = bytes instanceof Uint8Array ? parseJson(new TextDecoder().decode(bytes)) : null;
    return { customId, response: { status, requestId, body: json }, error: null, receipts };
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const request = { endpoint, body: parseRequestBody(endpoint, { ...body, stream: false }) };
      const isTakenUp = memory.before !== undefined;
      const first = responded(await answer(request, call));
      return isTakenUp && isTooLate(first) ? responded(await answer(request, call)) : first;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const mayRetry = error instanceof HearthError && error.reaction === 'retry-later';
      if (!mayRetry || attempt === ATTEMPTS) return responded(errorAnswer(error));
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }
}

/** Enclaves take up what broke off half an hour ago at most, each job once: the line begins anew. */
function isTooLate({ response }: LineResult): boolean {
  const body = response?.body as { error?: { param?: unknown } } | null;
  return response?.status === 400 && body?.error?.param === continuationMember;
}
