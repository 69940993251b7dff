import { z } from 'zod';
import type { GenerationRequest } from '../../inference/engine.ts';

/** Parameters that chat and completions have in common. */
export const samplingShape = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z
    .preprocess(
      withoutZeros,
      z.record(z.string().regex(/^\d{1,9}$/, 'expected token ids as keys'), z.number().min(-100).max(100)),
    )
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
};

type Sampling = { readonly [Name in keyof typeof samplingShape]?: z.infer<(typeof samplingShape)[Name]> };

/** In the engine's words. Without `temperature` it is 0, so that an answer can be reproduced. */
export function samplingOf(given: Sampling): Omit<GenerationRequest, 'prompt'> {
  const { stop } = given;
  return {
    temperature: given.temperature ?? 0,
    ...(given.top_p == null ? {} : { topP: given.top_p }),
    ...(given.seed == null ? {} : { seed: Number(BigInt.asUintN(32, BigInt(given.seed))) }),
    ...(given.frequency_penalty ? { frequencyPenalty: given.frequency_penalty } : {}),
    ...(given.presence_penalty ? { presencePenalty: given.presence_penalty } : {}),
    ...(given.logit_bias ? { logitBias: biases(given.logit_bias) } : {}),
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
  };
}

function biases(byToken: Readonly<Record<string, number>>): ReadonlyMap<number, number> {
  return new Map(Object.entries(byToken).map(([token, bias]) => [Number(token), bias]));
}

/** A bias of nothing is none, whatever it is of. */
function withoutZeros(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, bias]) => bias !== 0));
}
