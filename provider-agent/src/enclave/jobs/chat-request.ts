import { z } from 'zod';
import type { ChatMessage, GenerationRequest } from '../inference/engine.ts';
import { RequestError } from './request-error.ts';

/** The OpenAI chat completion parameters that this enclave honours; ../jobs/README.md lists them. */
const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const message = z.preprocess(
  withoutNulls, // an assistant's message sent back carries `refusal: null` and its like
  z.strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant']),
    content: z.union([z.string(), z.array(textPart).min(1)]),
    name: z.string().optional(),
  }),
);
const chatRequest = z.strictObject({
  model: z.string().optional(),
  messages: z.array(message).min(1).max(4096),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.int().nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d{1,9}$/, 'expected token ids as keys'), z.number().min(-100).max(100))
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish(),
});
const supported = new Set(Object.keys(chatRequest.shape));

/** Without effect on the output, whatever their value. */
const ignored = new Set([
  'user',
  'metadata',
  'store',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
]);

/** Parameters that change the output, with the one value that leaves it as it is. */
const neutral: Readonly<Record<string, unknown>> = {
  n: 1,
  logprobs: false,
  response_format: { type: 'text' },
  tool_choice: 'none',
};

export type ChatRequest = {
  readonly generation: GenerationRequest;
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
};

/** @throws RequestError in OpenAI's words; nothing that changes the meaning of a request is silently dropped. */
export function parseChatRequest(json: unknown, modelNames: readonly string[]): ChatRequest {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new RequestError('invalid_request', 'The request body must be a JSON object.');
  }
  const parsed = chatRequest.safeParse(onlySupported(json as Record<string, unknown>));
  if (!parsed.success) throw invalid(parsed.error);
  const request = parsed.data;
  assertModel(request.model, modelNames);
  const stop = request.stop ?? [];
  return {
    generation: {
      messages: request.messages.map(chatMessage),
      temperature: request.temperature ?? 0,
      ...(request.top_p == null ? {} : { topP: request.top_p }),
      ...(request.frequency_penalty ? { frequencyPenalty: request.frequency_penalty } : {}),
      ...(request.presence_penalty ? { presencePenalty: request.presence_penalty } : {}),
      ...(request.logit_bias ? { logitBias: logitBias(request.logit_bias) } : {}),
      ...(request.seed == null ? {} : { seed: Number(BigInt.asUintN(32, BigInt(request.seed))) }),
      stop: typeof stop === 'string' ? [stop] : stop,
    },
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
  };
}

function onlySupported(json: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(json)) {
    if (supported.has(name)) kept[name] = given;
    else if (!ignored.has(name) && !isNeutral(name, given)) {
      throw new RequestError(
        'unsupported_parameter',
        `Unsupported parameter: '${name}' is not supported with this model.`,
        name,
      );
    }
  }
  return kept;
}

function isNeutral(name: string, given: unknown): boolean {
  if (given === null) return true;
  return Object.hasOwn(neutral, name) && JSON.stringify(neutral[name]) === JSON.stringify(given);
}

function withoutNulls(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).filter(([, member]) => member !== null));
}

function assertModel(model: string | undefined, modelNames: readonly string[]): void {
  if (model === undefined || modelNames.includes(model)) return;
  throw new RequestError(
    'model_not_found',
    `The model '${model}' does not exist here; this is '${modelNames[0]}'.`,
    'model',
  );
}

function chatMessage({ role, content }: z.infer<typeof message>): ChatMessage {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  };
}

function logitBias(byToken: Readonly<Record<string, number>>): ReadonlyMap<number, number> {
  return new Map(Object.entries(byToken).map(([token, bias]) => [Number(token), bias]));
}

function invalid(error: z.ZodError): RequestError {
  const issue = error.issues[0];
  const param = issue?.path.join('.') ?? '';
  return new RequestError(
    'invalid_request',
    `Invalid '${param}': ${issue?.message ?? 'wrong shape'}.`,
    param,
  );
}
