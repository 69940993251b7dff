import { randomUUID } from 'node:crypto';
import { HearthError } from '../protocol/index.ts';
import type { ApiAnswer, ApiRequest } from './api.ts';
import type { ApiServer } from './api-server.ts';
import { errorAnswer, errorEvent } from './error-envelope.ts';
import { isUnknown, rehearsals, rehearse } from './rehearsal.ts';
import { findIn, routes } from './routes.ts';
import { tokenHeaders } from './token-allowance.ts';

/** What servers write down for a client that went away before its answer was whole. */
const CLIENT_GONE = 499;

/** Answers one request of an OpenAI client. Never rejects: a failure is an answer too, or the end of a stream. */
export async function answerRequest(server: ApiServer, request: ApiRequest): Promise<ApiAnswer> {
  const { orders } = server;
  const startedAt = performance.now();
  const answer = await route(server, request).catch((error: unknown) => {
    if (!request.signal.aborted) note(server, error);
    return errorAnswer(error);
  });
  const ended = (status: number) =>
    server.activity.note({
      endedAtMs: orders.sessions[0].client.now(),
      target: findIn(routes, request)?.target ?? 'unknown',
      status,
      durationMs: performance.now() - startedAt,
      jobId: answer.headers['x-job-id'],
    });
  if (answer.body instanceof Uint8Array) ended(answer.status);
  return {
    ...answer,
    headers: {
      'x-request-id': `req_${randomUUID().replaceAll('-', '')}`,
      'openai-processing-ms': String(Math.round(performance.now() - startedAt)),
      ...server.limit.headers(),
      ...tokenHeaders(orders.sessions, orders.budget, orders.sessions[0].client.now()),
      ...answer.headers,
    },
    body:
      answer.body instanceof Uint8Array ? answer.body : untilEnd(server, request.signal, answer.body, ended),
  };
}

async function route(server: ApiServer, request: ApiRequest): Promise<ApiAnswer> {
  try {
    return await serve(server, request);
  } catch (error) {
    const example = server.settings.rehearsal && isUnknown(error) ? findIn(rehearsals, request) : undefined;
    if (!example) throw error;
    return rehearse(example.found, example.params);
  }
}

async function serve(server: ApiServer, request: ApiRequest): Promise<ApiAnswer> {
  const route = findIn(routes, request);
  if (!route) {
    const served = Object.keys(routes).join(', ');
    throw new HearthError('not_found', `${request.method} ${request.path}: served are ${served}`);
  }
  const leave = request.method === 'POST' ? server.limit.enter() : () => {};
  let answer: ApiAnswer | undefined;
  try {
    answer = await route.found(server, request, route.params);
  } finally {
    if (!answer || answer.body instanceof Uint8Array) leave();
  }
  if (answer.body instanceof Uint8Array) return answer;
  return { ...answer, body: finallyDo(answer.body, leave) };
}

async function* finallyDo(events: AsyncIterable<string>, leave: () => void): AsyncGenerator<string> {
  try {
    yield* events;
  } finally {
    leave();
  }
}

/** Says in the stream that it broke, then breaks it: a cleanly ended stream would be taken for a whole answer. */
async function* untilEnd(
  server: ApiServer,
  signal: AbortSignal,
  events: AsyncIterable<string>,
  ended: (status: number) => void,
): AsyncGenerator<string> {
  try {
    yield* events;
    ended(200);
  } catch (error) {
    if (signal.aborted) {
      ended(CLIENT_GONE);
      throw signal.reason; // nobody reads an event
    }
    note(server, error);
    ended(errorAnswer(error).status);
    yield errorEvent(error);
    throw error;
  }
}

function note({ onFault }: ApiServer, error: unknown): void {
  if (!(error instanceof HearthError)) onFault?.(error);
}
