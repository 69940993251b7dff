import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { clear } from './clear.ts';
import { poolId } from './pool-id.ts';
import { noTrials, qualityPpmFloor, withTrials } from './quality.ts';
import { account } from './sample-market.ts';
import { clearingInputFromJson, resultToJson } from './vector-json.ts';
import type { Vectors } from './vectors.write.ts';
import { windowPricePpm } from './window-price.ts';

const vectors = createRequire(import.meta.url)('./vectors.json') as Vectors;

test.each(vectors.clearings)('golden clearing: $name', ({ input, result }) => {
  expect(resultToJson(clear(clearingInputFromJson(input)))).toEqual(result);
});

test.each(vectors.poolIds)('golden pool id of tier $tier', (vector) => {
  expect(poolId(vector.modelDigest, vector.tier, vector.class)).toBe(vector.poolId);
});

test.each(vectors.qualities)('golden quality of $tables', ({ tables, qualityPpm }) => {
  const record = tables.reduce((known, [done, missed]) => withTrials(known, done, missed), noTrials);
  expect(qualityPpmFloor(record)).toBe(qualityPpm);
});

test.each(vectors.windowPrices)('golden window price: $name', ({ windows, pricePpm, withoutFirstPpm }) => {
  expect(windowPricePpm(windows, 5_001) ?? null).toBe(pricePpm);
  expect(windowPricePpm(windows, 5_001, account(0)) ?? null).toBe(withoutFirstPpm);
});
