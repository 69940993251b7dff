import type { RequestBody } from '../client/job-request.ts';
import { HearthError } from '../protocol/index.ts';
import { type ApiAnswer, jsonAnswer } from './api.ts';
import { newBatch } from './batches/batch-object.ts';

/**
 * Examples for suites that were written against a mock server, which knows every id: what is not kept here is answered with
 * an example of its shape, marked `x-hearth-example`. Nothing in them was ever computed; no program in earnest wants this.
 */
export const rehearsals: Readonly<Record<string, (id: string) => unknown>> = {
  'GET /v1/chat/completions': () => emptyList,
  'GET /v1/chat/completions/:id': chatCompletion,
  'POST /v1/chat/completions/:id': chatCompletion,
  'DELETE /v1/chat/completions/:id': (id) => ({ id, object: 'chat.completion.deleted', deleted: true }),
  'GET /v1/chat/completions/:id/messages': () => emptyList,
  'POST /v1/responses': () => response('resp_example'),
  'POST /v1/responses/compact': () => ({
    id: 'resp_example',
    object: 'response.compaction',
    created_at: 0,
    output: [],
    usage: noUsage,
  }),
  'POST /v1/responses/input_tokens': () => ({ object: 'response.input_tokens', input_tokens: 0 }),
  'GET /v1/responses/:id': response,
  'DELETE /v1/responses/:id': (id) => ({ id, object: 'response', deleted: true }),
  'POST /v1/responses/:id/cancel': response,
  'GET /v1/responses/:id/input_items': () => emptyList,
  'GET /v1/models/:id': (id) => ({ id, object: 'model', created: 0, owned_by: 'example' }),
  'DELETE /v1/models/:id': (id) => ({ id, object: 'model', deleted: true }),
  'GET /v1/files/:id': file,
  'DELETE /v1/files/:id': (id) => ({ id, object: 'file', deleted: true }),
  'GET /v1/files/:id/content': () => ({}),
  'POST /v1/batches': batch,
  'GET /v1/batches/:id': batch,
  'POST /v1/batches/:id/cancel': batch,
};

/** Whether an error says only that something is not kept here, or that nothing was asked of any model. */
export function isUnknown(error: unknown): boolean {
  if (!(error instanceof HearthError)) return false;
  if (error.code === 'invalid_request') return error.details?.['param'] === 'model';
  return error.code === 'not_found' || error.code === 'model_not_found';
}

/** Whoever offers a tool to a mock server gets it called; small models do so only when they have to. */
export function callingTools(body: RequestBody): RequestBody {
  const { tools, tool_choice: choice } = body;
  const isOffered = Array.isArray(tools) && tools.length > 0 && (choice == null || choice === 'auto');
  return isOffered ? { ...body, tool_choice: 'required' } : body;
}

export function rehearse(
  example: (id: string) => unknown,
  params: Readonly<Record<string, string>>,
): ApiAnswer {
  return jsonAnswer(example(params['id'] ?? 'example'), 200, { 'x-hearth-example': 'true' });
}

const emptyList = { object: 'list', data: [], first_id: null, last_id: null, has_more: false };
const noUsage = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
};

function chatCompletion(id: string) {
  const message = { role: 'assistant', content: '', refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  return { id, object: 'chat.completion', created: 0, model: 'example', choices };
}

function response(id: string) {
  return {
    id,
    object: 'response',
    created_at: 0,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: 'example',
    output: [],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: noUsage,
  };
}

function file(id: string) {
  return {
    id,
    object: 'file',
    bytes: 0,
    created_at: 0,
    filename: 'example',
    purpose: 'batch',
    status: 'processed',
  };
}

function batch(id: string) {
  const asked = { endpoint: '/v1/chat/completions', input_file_id: 'file-example', metadata: null };
  return { ...newBatch(asked, 0), id };
}
