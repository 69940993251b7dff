import { createRequire } from 'node:module';
import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import { clear } from './clear.ts';
import { poolId } from './pool-id.ts';
import { type ClearingInputJson, clearingInputFromJson, toJson } from './vector-json.ts';

const vectors = createRequire(import.meta.url)('./vectors.json') as {
  clearings: { name: string; input: ClearingInputJson; result: unknown }[];
  poolIds: { modelDigest: Hex; tier: number; class: number; poolId: Hex }[];
};

test.each(vectors.clearings)('golden clearing: $name', ({ input, result }) => {
  expect(toJson(clear(clearingInputFromJson(input)))).toEqual(result);
});

test.each(vectors.poolIds)('golden pool id of tier $tier', (vector) => {
  expect(poolId(vector.modelDigest, vector.tier, vector.class)).toBe(vector.poolId);
});
