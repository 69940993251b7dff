import type { CallMemory } from '../client/call-memory.ts';
import type { JobRequest, RequestBody } from '../client/job-request.ts';
import type { JobResult } from '../client/run-job.ts';
import { type EndpointName, HearthError } from '../protocol/index.ts';
import type { ApiAnswer, ApiContext, ApiRequest } from './api.ts';
import { without } from './dropping.ts';
import { answerJob } from './job-answer.ts';
import { callingTools } from './rehearsal.ts';
import { parseRequestBody, readJson } from './request-body.ts';

/** One sealed job for one request, under the name and with the parameters that the settings make of it. */
export async function serveJob(
  context: ApiContext,
  endpoint: EndpointName,
  request: ApiRequest,
): Promise<ApiAnswer> {
  const asked = parseRequestBody(endpoint, await readJson(request));
  const body = context.settings.rehearsal ? callingTools(asked) : asked;
  if (request.signal.aborted) throw request.signal.reason; // it went away while its request was read
  const answer = (signal: AbortSignal) => answerBody(context, { endpoint, body }, signal);
  const key = request.headers.get('idempotency-key');
  return key === null
    ? answer(request.signal)
    : context.kept.answer(key, JSON.stringify([endpoint, asked]), answer);
}

export type JobContext = Pick<ApiContext, 'orders' | 'settings'> & {
  readonly receipts: { note(result: JobResult): void };
  /** Where an answer in one piece may have been broken off before. */
  readonly memory?: CallMemory;
};

/** What a request body comes to, on whichever way it arrived. */
export async function answerBody(
  context: JobContext,
  { endpoint, body }: JobRequest,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const asked = { endpoint, body: withModel(body, context.settings.models[body.model]) };
  try {
    return await answerDropping(context, asked, signal);
  } catch (error) {
    const fallback = context.settings.models['*'];
    if (!(error instanceof HearthError) || error.code !== 'model_not_found' || fallback === undefined)
      throw error;
    return answerDropping(context, { endpoint, body: withModel(body, fallback) }, signal);
  }
}

const withModel = (body: RequestBody, model: string | undefined): RequestBody =>
  model === undefined ? body : { ...body, model };

/** A request has only so many parameters that can be refused one after the other. */
const MOST_DROPPED = 32;
async function answerDropping(
  { orders, settings, receipts, memory }: JobContext,
  request: JobRequest,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const dropped: string[] = [];
  const onResult = (result: JobResult) => receipts.note(result);
  let { body } = request;
  for (;;) {
    const asked = { endpoint: request.endpoint, body };
    const answer = await orders
      .pay(asked, (session) => answerJob(session, asked, { signal, memory, onResult }))
      .catch((error: unknown) => {
        if (settings.unsupported === 'drop' && error instanceof HearthError) return error;
        throw error;
      });
    const param = settings.unsupported === 'drop' ? refusedParameter(answer) : undefined;
    const rest = param === undefined ? undefined : without(body, param);
    if (rest === undefined || dropped.length === MOST_DROPPED) {
      if (answer instanceof HearthError) throw answer;
      return dropped.length === 0 ? answer : withHeader(answer, 'x-hearth-dropped', dropped.join(','));
    }
    dropped.push(rest.name);
    body = rest.body;
  }
}

/** What of the request it was refused for, before anything was generated. */
function refusedParameter(answer: ApiAnswer | HearthError): string | undefined {
  const named =
    answer instanceof HearthError
      ? answer.reaction === 'fix-request' && answer.details?.['param']
      : answer.status === 400 && answer.body instanceof Uint8Array && paramOf(answer.body);
  return typeof named === 'string' ? named : undefined;
}

function paramOf(body: Uint8Array): unknown {
  return (JSON.parse(new TextDecoder().decode(body)) as { error?: { param?: unknown } }).error?.param;
}

function withHeader(answer: ApiAnswer, name: string, content: string): ApiAnswer {
  return { ...answer, headers: { ...answer.headers, [name]: content } };
}
