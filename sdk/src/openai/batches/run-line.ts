import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobRequest } from '../../client/job-request.ts';
import { HearthError } from '../../protocol/index.ts';
import type { ApiAnswer } from '../api.ts';
import { errorAnswer } from '../error-envelope.ts';
import { parseRequestBody } from '../request-body.ts';
import type { BatchLine } from './batch-input.ts';
import type { LineResult } from './batch-store.ts';

/** How a request is answered: by one sealed job. */
export type AnswerJob = (request: JobRequest, signal: AbortSignal) => Promise<ApiAnswer>;

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 1_000;

/** One line to its end. What may succeed later is tried again. @throws the signal's reason when the batch is stopped */
export async function runLine(
  answer: AnswerJob,
  endpoint: JobRequest['endpoint'],
  { customId, body }: BatchLine,
  signal: AbortSignal,
): Promise<LineResult> {
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const asked = parseRequestBody(endpoint, { ...body, stream: false });
      return responded(customId, requestId, await answer({ endpoint, body: asked }, signal));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const mayRetry = error instanceof HearthError && error.reaction === 'retry-later';
      if (!mayRetry || attempt === ATTEMPTS) return responded(customId, requestId, errorAnswer(error));
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }
}

function responded(customId: string, requestId: string, { status, body }: ApiAnswer): LineResult {
  const json: unknown = body instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(body)) : null;
  return { customId, response: { status, requestId, body: json }, error: null };
}
