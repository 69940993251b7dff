import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { clear } from './clear.ts';
import { poolId } from './pool-id.ts';
import { clearingInputFromJson, toJson } from './vector-json.ts';
import type { Vectors } from './vectors.write.ts';

const vectors = createRequire(import.meta.url)('./vectors.json') as Vectors;

test.each(vectors.clearings)('golden clearing: $name', ({ input, result }) => {
  expect(toJson(clear(clearingInputFromJson(input)))).toEqual(result);
});

test.each(vectors.poolIds)('golden pool id of tier $tier', (vector) => {
  expect(poolId(vector.modelDigest, vector.tier, vector.class)).toBe(vector.poolId);
});
