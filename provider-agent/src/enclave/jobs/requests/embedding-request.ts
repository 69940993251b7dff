import { z } from 'zod';
import type { TextInput } from '../../inference/engine.ts';
import { ALWAYS_IGNORED, assertModel, type Parameters, readParameters } from './parameters.ts';

const tokenIds = z.array(z.int().min(0)).min(1);
const embedding = z.strictObject({
  model: z.string().nullish(),
  input: z.union([
    z.string().min(1),
    tokenIds,
    z.array(z.string().min(1)).min(1).max(2048),
    z.array(tokenIds).min(1).max(2048),
  ]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

const parameters: Parameters<z.infer<typeof embedding>> = {
  read: embedding,
  ignored: new Set(ALWAYS_IGNORED),
  neutral: {},
};

export type EmbeddingRequest = {
  readonly texts: readonly TextInput[];
  readonly encoding: 'float' | 'base64';
};

/** @throws RequestError */
export function readEmbeddingRequest(json: unknown, modelNames: readonly string[]): EmbeddingRequest {
  const { model, input, encoding_format: encoding } = readParameters(json, parameters);
  assertModel(model, modelNames);
  return { texts: textsOf(input), encoding: encoding ?? 'float' };
}

function textsOf(input: z.infer<typeof embedding>['input']): readonly TextInput[] {
  if (typeof input === 'string') return [input];
  return input.every((each) => typeof each === 'number') ? [input] : (input as TextInput[]);
}
