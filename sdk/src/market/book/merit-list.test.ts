import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyOf, MeritList } from './merit-list.ts';
import { MeritWalk } from './merit-walk.ts';
import { Places } from './places.ts';

const CODES = ['DE', 'DE-BY', 'FR'];

test('a walk shows what a request admits in merit order, whatever came, was closed and went', () => {
  const ask = fc.record({
    row: fc.nat(60),
    effectiveAsk: fc.nat(20),
    tier: fc.nat(2),
    region: fc.constantFrom(...CODES),
    contextTokens: fc.constantFrom(512, 4096),
    fromIndex: fc.nat(30),
    closedAfter: fc.option(fc.nat(20)),
    isRemoved: fc.boolean(),
  });
  const terms = fc.record({
    minTier: fc.nat(2),
    contextTokens: fc.constantFrom(256, 1024),
    regions: fc.constantFrom([], ['DE'], ['FR', 'DE-BY'], ['XX']),
    size: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.uniqueArray(ask, { selector: ({ row }) => row }), terms, (asks, wanted) => {
      const places = new Places();
      const list = new MeritList();
      const walk = new MeritWalk(places);
      const keys = new Map(asks.map(({ effectiveAsk, row }) => [row, keyOf(effectiveAsk, row)]));
      const keyOfRow = (row: number) => keys.get(row) as number;
      for (const { row, tier, region, contextTokens, fromIndex } of asks)
        list.add({ key: keyOfRow(row), place: places.numberOf(tier, region), contextTokens, fromIndex });
      for (const { row, fromIndex, closedAfter } of asks)
        if (closedAfter !== null) list.close(keyOfRow(row), fromIndex + closedAfter);
      for (const { row, isRemoved } of asks) if (isRemoved) expect(list.remove(keyOfRow(row))).toBe(true);
      for (const { row, isRemoved } of asks) if (isRemoved) expect(list.remove(keyOfRow(row))).toBe(false);

      const seen: number[] = [];
      for (let key = walk.begin(list.runs, wanted); key !== Number.POSITIVE_INFINITY; key = walk.next())
        seen.push(key);
      const expected = asks.filter(
        ({ tier, region, contextTokens, fromIndex, closedAfter, isRemoved }) =>
          !isRemoved &&
          tier >= wanted.minTier &&
          contextTokens >= wanted.contextTokens &&
          (wanted.regions.length === 0 ||
            wanted.regions.some((code) => region === code || region.startsWith(`${code}-`))) &&
          fromIndex < wanted.size &&
          (closedAfter === null || wanted.size <= fromIndex + closedAfter),
      );
      expect(seen).toEqual(expected.map(({ row }) => keyOfRow(row)).sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

test('thousands of asks are split into runs and still come in order', () => {
  const list = new MeritList();
  const keys = Array.from({ length: 5_000 }, (_, n) => ((n * 2_654_435_761) % 5_003) * 2 ** 22);
  const sorted = (some: readonly number[]) => [...some].sort((a, b) => a - b);
  for (const key of keys) list.add({ key, place: 0, contextTokens: key % 5_000, fromIndex: 0 });
  expect([...list]).toEqual(sorted(keys));
  expect(list.runs.length).toBeGreaterThan(5);
  for (const { keys, contexts, length } of list.runs)
    for (let at = 0; at < length; at += 1) expect(contexts[at]).toBe((keys[at] as number) % 5_000);
  for (const key of keys.slice(0, 4_999)) expect(list.remove(key)).toBe(true);
  expect([...list]).toEqual([keys[4_999]]);
  expect(list.remove(keys[4_999] as number)).toBe(true);
  expect(list.runs).toEqual([]);
});
