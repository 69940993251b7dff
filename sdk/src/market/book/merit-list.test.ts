import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AskHead, AskHeads } from './ask-heads.ts';
import { ListBlocks, MeritList, ROOM } from './merit-list.ts';
import { MeritWalk } from './merit-walk.ts';
import { Places } from './places.ts';

const CODES = ['DE', 'DE-BY', 'FR'];

const plain: AskHead = {
  effectiveAsk: 1,
  place: 0,
  contextTokens: 512,
  fromIndex: 0,
  multiplierPpm: 2,
  enclave: 3,
  providerTag: 4,
  qualityPpm: 5,
  standsFromMs: 6,
  endsMs: 7,
  timestampMs: 8,
};

const byMerit = (a: Listed, b: Listed) => a.effectiveAsk - b.effectiveAsk || a.row - b.row;

interface Listed {
  readonly effectiveAsk: number;
  readonly row: number;
}

function headsOf(asks: readonly (Listed & Partial<AskHead>)[]): AskHeads {
  const heads = new AskHeads(8_192);
  for (const { row, ...head } of asks) heads.put(row, { ...plain, ...head });
  return heads;
}

test('a walk shows what a request admits in merit order, whatever came, was closed and went', () => {
  const ask = fc.record({
    row: fc.nat(60),
    effectiveAsk: fc.nat(20),
    tier: fc.nat(2),
    region: fc.constantFrom(...CODES),
    contextTokens: fc.constantFrom(512, 4096, 0xffffffff),
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
    fc.property(
      fc.uniqueArray(ask, { selector: ({ row }) => row }),
      fc.array(terms, { minLength: 1, maxLength: 3 }),
      (asks, walks) => {
        const places = new Places();
        const rows = headsOf(
          asks.map(({ row, effectiveAsk, tier, region, contextTokens, fromIndex }) => ({
            row,
            effectiveAsk,
            place: places.numberOf(tier, region),
            contextTokens,
            fromIndex,
          })),
        );
        const blocks = new ListBlocks();
        const list = new MeritList(rows, blocks);
        const walk = new MeritWalk(blocks, places);
        for (const { row } of asks) list.add(row);
        for (const { row, fromIndex, closedAfter } of asks)
          if (closedAfter !== null) list.close(row, fromIndex + closedAfter);
        for (const { row, isRemoved } of asks) if (isRemoved) expect(list.remove(row)).toBe(true);
        for (const { row, isRemoved } of asks) if (isRemoved) expect(list.remove(row)).toBe(false);

        for (const wanted of walks) {
          const seen: { effectiveAsk: number; row: number; mayBeTied: boolean }[] = [];
          for (let isThere = walk.begin(list, wanted); isThere; isThere = walk.next())
            seen.push({
              effectiveAsk: walk.effectiveAsk,
              row: walk.heads.rowOf(walk.at),
              mayBeTied: walk.mayBeTied(),
            });
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
          expect(seen.map(({ row }) => row)).toEqual(expected.sort(byMerit).map(({ row }) => row));
          // Nobody is ranked alone who has an equal behind.
          for (const [n, { effectiveAsk, mayBeTied }] of seen.entries())
            if (effectiveAsk === seen[n + 1]?.effectiveAsk) expect(mayBeTied).toBe(true);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('lists share their blocks: thousands of asks come and go, in order, with their own heads', () => {
  const asks = Array.from({ length: 6_000 }, (_, row) => ({
    effectiveAsk: (row * 2_654_435_761) % 503,
    row,
    multiplierPpm: row % 4_999,
    endsMs: row + 0.5,
  }));
  const rows = headsOf(asks);
  const blocks = new ListBlocks();
  const lists = [0, 1, 2].map((n) => ({
    list: new MeritList(rows, blocks),
    asks: asks.filter(({ row }) => row % 3 === n),
  }));
  const walk = new MeritWalk(blocks, new Places());
  const shown = (list: MeritList) => {
    const seen: number[] = [];
    const terms = { minTier: 0, contextTokens: 1, regions: [], size: 1 };
    for (let isThere = walk.begin(list, terms); isThere; isThere = walk.next()) {
      const row = walk.heads.rowOf(walk.at);
      seen.push(row);
      expect(walk.heads.multiplierOf(walk.at)).toBe(row % 4_999);
      expect(walk.heads.endsMsOf(walk.at)).toBe(row + 0.5);
    }
    return seen;
  };
  const expectOrder = (list: MeritList, some: Listed[]) => {
    const expected = some.toSorted(byMerit).map(({ row }) => row);
    expect([...list]).toEqual(expected);
    expect(shown(list)).toEqual(expected);
  };
  for (let n = 0; n < 2; n += 1) {
    for (const { row } of asks) lists[row % 3]?.list.add(row);
    for (const { list, asks } of lists) expectOrder(list, asks);
    for (const { list, asks } of lists) {
      for (const { row } of asks.slice(0, 1_999)) expect(list.remove(row)).toBe(true);
      expectOrder(list, asks.slice(1_999));
      expect(list.remove(asks[1_999]?.row ?? -1)).toBe(true);
      expectOrder(list, []);
    }
  }
  // What one list gives back another one takes.
  expect(blocks.lengths.length).toBeLessThan((2 * 6_000 * 2) / ROOM);
});
