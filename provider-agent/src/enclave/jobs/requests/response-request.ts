import { z } from 'zod';
import { responseJson, responseStream } from '../answers/response-answer.ts';
import type { ResponseEcho } from '../answers/response-object.ts';
import { RequestError } from '../request-error.ts';
import { flatFormat, jsonOutputOf } from './format-parameters.ts';
import { ALWAYS_IGNORED, assertModel, type Parameters, readParameters, unsupported } from './parameters.ts';
import { messagesOf, responseInput } from './response-items.ts';
import type { TextRequest } from './text-request.ts';
import { flatTool, flatToolChoice, toolUseOf } from './tool-parameters.ts';

const response = z.strictObject({
  model: z.string().nullish(),
  input: responseInput,
  instructions: z.string().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  tools: z.array(flatTool).max(128).nullish(),
  tool_choice: flatToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .strictObject({ format: flatFormat.nullish(), verbosity: z.enum(['low', 'medium', 'high']).nullish() })
    .nullish(),
  include: z.array(z.string()).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  previous_response_id: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  stream: z.boolean().nullish(),
});

const parameters: Parameters<z.infer<typeof response>> = {
  read: response,
  // Nothing is kept, no tool is ours, and a context that is too small is an error in either case of `truncation`.
  ignored: new Set([
    ...ALWAYS_IGNORED,
    'reasoning',
    'max_tool_calls',
    'stream_options',
    'prompt_cache_options',
  ]),
  neutral: { background: false, truncation: 'disabled' },
};

const LOGPROBS = 'message.output_text.logprobs';
/** What may be asked for, because there never is any. */
const includable = new Set([LOGPROBS, 'reasoning.encrypted_content']);

/** @throws RequestError */
export function readResponseRequest(json: unknown, modelNames: readonly string[]): TextRequest {
  const request = readParameters(json, parameters);
  assertModel(request.model, modelNames);
  if (request.previous_response_id) throw noPrevious(request.previous_response_id);
  const foreign = request.include?.find((name) => !includable.has(name));
  if (foreign) throw unsupported('include', `cannot have '${foreign}'`);
  const toolUse = toolUseOf(request.tools ?? [], request.tool_choice, request.parallel_tool_calls);
  const jsonOutput = jsonOutputOf(request.text?.format);
  const topLogprobs = request.top_logprobs ?? (request.include?.includes(LOGPROBS) ? 0 : undefined);
  const generation = {
    prompt: { messages: messagesOf(request.input, request.instructions) },
    temperature: request.temperature ?? 0,
    ...(request.top_p == null ? {} : { topP: request.top_p }),
    stop: [],
    ...(toolUse ? { toolUse } : {}),
    ...(jsonOutput ? { json: jsonOutput } : {}),
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
  };
  const echo = echoOf(request);
  return {
    generations: [generation],
    choicesPerPrompt: 1,
    maxTokens: request.max_output_tokens ?? undefined,
    idPrefix: 'resp_',
    encoder: (facts) => (request.stream ? responseStream(facts, echo) : responseJson(facts, echo)),
  };
}

/** Nothing is ever stored here: whoever goes on with a conversation sends all of it. */
function noPrevious(id: string): RequestError {
  const message = `Previous response with id '${id}' not found.`;
  return new RequestError('previous_response_not_found', message, 'previous_response_id');
}

function echoOf(request: z.infer<typeof response>): ResponseEcho {
  const format = request.text?.format ?? { type: 'text' };
  return {
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    temperature: request.temperature ?? 0,
    text: { format },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map(({ type, name, description, parameters: schema, strict }) => ({
      type,
      name,
      description: description ?? null,
      parameters: schema ?? null,
      strict: strict ?? false,
    })),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
  };
}
