import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONTEXT, MeritList, ROW } from './merit-list.ts';
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
      for (const { tier, region, ...ask } of asks) list.add({ ...ask, place: places.numberOf(tier, region) });
      for (const ask of asks) if (ask.closedAfter !== null) list.close(ask, ask.fromIndex + ask.closedAfter);
      for (const ask of asks) if (ask.isRemoved) expect(list.remove(ask)).toBe(true);
      for (const ask of asks) if (ask.isRemoved) expect(list.remove(ask)).toBe(false);

      const seen: { effectiveAsk: number; row: number; mayBeTied: boolean }[] = [];
      for (let isThere = walk.begin(list.runs, wanted); isThere; isThere = walk.next())
        seen.push({ effectiveAsk: walk.effectiveAsk, row: walk.row, mayBeTied: walk.mayBeTied() });
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
      expected.sort((a, b) => a.effectiveAsk - b.effectiveAsk || a.row - b.row);
      expect(seen.map(({ row }) => row)).toEqual(expected.map(({ row }) => row));
      // Nobody is ranked alone who has an equal behind.
      for (const [n, { effectiveAsk, mayBeTied }] of seen.entries())
        if (effectiveAsk === seen[n + 1]?.effectiveAsk) expect(mayBeTied).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('thousands of asks are split into runs and still come in order', () => {
  const list = new MeritList();
  const asks = Array.from({ length: 5_000 }, (_, row) => ({
    effectiveAsk: (row * 2_654_435_761) % 5_003,
    row,
    place: 0,
    contextTokens: row % 4_999,
    fromIndex: 0,
  }));
  const rows = (some: typeof asks) =>
    some.toSorted((a, b) => a.effectiveAsk - b.effectiveAsk || a.row - b.row).map(({ row }) => row);
  for (const ask of asks) list.add(ask);
  expect([...list]).toEqual(rows(asks));
  expect(list.runs.length).toBeGreaterThan(5);
  for (const { words, length } of list.runs)
    for (let at = 0; at < length; at += 1)
      expect(words[CONTEXT + at]).toBe((words[ROW + at] as number) % 4_999);
  for (const ask of asks.slice(0, 4_999)) expect(list.remove(ask)).toBe(true);
  expect([...list]).toEqual([4_999]);
  expect(list.remove(asks[4_999] as (typeof asks)[number])).toBe(true);
  expect(list.runs).toEqual([]);
});
