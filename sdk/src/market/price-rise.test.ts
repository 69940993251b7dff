import { expect, test } from '@jest/globals';
import { standsFromMs } from './price-rise.ts';
import { account, hash, sampleAsk } from './sample-market.ts';

const { ask: standing } = sampleAsk(1, { multiplierPpm: 1_000_000 });
const next = (changes: object) => sampleAsk(1, { validFromMs: 2_000, ...changes }).ask;

test.each([
  ['the same price', {}, 2_000],
  ['a cut', { multiplierPpm: 999_999 }, 2_000],
  ['a rise', { multiplierPpm: 1_000_001 }, 13_000],
  ['a rise that is announced for later', { multiplierPpm: 1_000_001, validFromMs: 50_000 }, 50_000],
  ['a rise for another enclave', { multiplierPpm: 1_000_001, enclaveKey: account(7) }, 2_000],
  ['a rise for another model', { multiplierPpm: 1_000_001, modelDigest: hash(7) }, 2_000],
] as const)('%s', (_, changes, expected) => {
  expect(standsFromMs(next(changes), 3_000, standing)).toBe(expected);
});

test('after the standing ask has ended, or without one, any price stands at once', () => {
  const rise = next({ multiplierPpm: 2_000_000 });
  expect(standsFromMs(rise, standing.validUntilMs, standing)).toBe(2_000);
  expect(standsFromMs(rise, 3_000, undefined)).toBe(2_000);
});
