import { z } from 'zod';
import type { Prompt } from '../../inference/engine.ts';
import { completionJson, completionStream } from '../answers/completion-answer.ts';
import { streamOptions } from './chat-request.ts';
import { ALWAYS_IGNORED, assertModel, type Parameters, readParameters } from './parameters.ts';
import { samplingOf, samplingShape } from './sampling-parameters.ts';
import { choicesOf, type TextRequest } from './text-request.ts';

const tokenIds = z.array(z.int().min(0)).min(1);
const completion = z.strictObject({
  model: z.string().nullish(),
  prompt: z
    .union([z.string(), tokenIds, z.array(z.string()).min(1).max(128), z.array(tokenIds).min(1).max(128)])
    .nullish(),
  ...samplingShape,
  max_tokens: z.int().min(1).nullish(),
  n: z.int().min(1).max(128).nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  stream: z.boolean().nullish(),
  stream_options: streamOptions,
});

const parameters: Parameters<z.infer<typeof completion>> = {
  read: completion,
  ignored: new Set(ALWAYS_IGNORED),
  neutral: { best_of: 1, echo: false, suffix: '' },
};

/** What OpenAI's endpoint takes where nothing is said. */
const DEFAULT_MAX_TOKENS = 16;

/** @throws RequestError */
export function readCompletionRequest(json: unknown, modelNames: readonly string[]): TextRequest {
  const request = readParameters(json, parameters);
  assertModel(request.model, modelNames);
  const sampling = {
    ...samplingOf(request),
    ...(request.logprobs == null ? {} : { topLogprobs: request.logprobs }),
  };
  const count = request.n ?? 1;
  return {
    generations: promptsOf(request.prompt ?? '').flatMap((prompt) =>
      choicesOf({ prompt, ...sampling }, count),
    ),
    choicesPerPrompt: count,
    maxTokens: request.max_tokens ?? DEFAULT_MAX_TOKENS,
    idPrefix: 'cmpl-',
    encoder: (facts) =>
      request.stream
        ? completionStream(facts, request.stream_options?.include_usage ?? false)
        : completionJson(facts),
  };
}

function promptsOf(given: NonNullable<z.infer<typeof completion>['prompt']>): Prompt[] {
  if (typeof given === 'string') return [{ text: given }];
  if (given.every((each) => typeof each === 'number')) return [{ tokenIds: given }];
  return given.map((each) => (typeof each === 'string' ? { text: each } : { tokenIds: each as number[] }));
}
