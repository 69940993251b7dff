import { z } from 'zod';
import type { ChatMessage } from '../../inference/engine.ts';
import { chatJson, chatStream } from '../answers/chat-answer.ts';
import { RequestError } from '../request-error.ts';
import { chatFormat, jsonOutputOf } from './format-parameters.ts';
import { ALWAYS_IGNORED, assertModel, type Parameters, readParameters, withoutNulls } from './parameters.ts';
import { samplingOf, samplingShape } from './sampling-parameters.ts';
import { choicesOf, type TextRequest } from './text-request.ts';
import { chatTool, chatToolChoice, functionName, toolUseOf } from './tool-parameters.ts';

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(textPart).min(1)]);
const toolCall = z.strictObject({
  id: z.string().min(1).max(256),
  type: z.literal('function'),
  function: z.strictObject({ name: functionName, arguments: z.string() }),
});
const message = z.preprocess(
  withoutNulls,
  z.discriminatedUnion('role', [
    z.strictObject({ role: z.enum(['system', 'developer', 'user']), content, name: z.string().optional() }),
    z.strictObject({
      role: z.literal('assistant'),
      content: content.optional(),
      name: z.string().optional(),
      tool_calls: z.array(toolCall).max(128).optional(),
      annotations: z.array(z.unknown()).optional(),
    }),
    z.strictObject({ role: z.literal('tool'), content, tool_call_id: z.string().min(1).max(256) }),
  ]),
);
export const streamOptions = z
  .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
  .nullish();

const chat = z.strictObject({
  model: z.string().nullish(),
  messages: z.array(message).min(1).max(4096),
  ...samplingShape,
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  n: z.int().min(1).max(128).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: z.array(chatTool).max(128).nullish(),
  tool_choice: chatToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: chatFormat.nullish(),
  stream: z.boolean().nullish(),
  stream_options: streamOptions,
});

const parameters: Parameters<z.infer<typeof chat>> = {
  read: chat,
  // A prediction makes an answer faster, never another one; effort is for models that reason; audio has its modality.
  ignored: new Set([...ALWAYS_IGNORED, 'prediction', 'reasoning_effort', 'audio']),
  neutral: { modalities: ['text'], verbosity: 'medium', function_call: 'none', functions: [] },
};

/** @throws RequestError */
export function readChatRequest(json: unknown, modelNames: readonly string[]): TextRequest {
  const request = readParameters(json, parameters);
  assertModel(request.model, modelNames);
  if (request.top_logprobs && !request.logprobs)
    throw new RequestError('invalid_request', "Invalid 'top_logprobs': needs 'logprobs'.", 'top_logprobs');
  const functions = (request.tools ?? []).map((tool) => tool.function);
  const toolUse = toolUseOf(functions, request.tool_choice, request.parallel_tool_calls);
  const jsonOutput = jsonOutputOf(request.response_format);
  const generation = {
    prompt: { messages: request.messages.map(chatMessage) },
    ...samplingOf(request),
    ...(toolUse ? { toolUse } : {}),
    ...(jsonOutput ? { json: jsonOutput } : {}),
    ...(request.logprobs ? { topLogprobs: request.top_logprobs ?? 0 } : {}),
  };
  const count = request.n ?? 1;
  return {
    generations: choicesOf(generation, count),
    choicesPerPrompt: count,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    idPrefix: 'chatcmpl-',
    encoder: (facts) =>
      request.stream ? chatStream(facts, request.stream_options?.include_usage ?? false) : chatJson(facts),
  };
}

function chatMessage(given: z.infer<typeof message>): ChatMessage {
  const text = textOf(given.content);
  if (given.role === 'tool') return { role: 'tool', content: text, toolCallId: given.tool_call_id };
  if (given.role !== 'assistant') return { role: given.role === 'user' ? 'user' : 'system', content: text };
  const calls = given.tool_calls?.map((call) => ({ id: call.id, ...call.function }));
  return { role: 'assistant', content: text, ...(calls?.length ? { toolCalls: calls } : {}) };
}

const textOf = (given: z.infer<typeof content> | undefined): string =>
  typeof given === 'string' ? given : (given ?? []).map(({ text }) => text).join('');
