// Writes vectors.json: node scripts/run.mjs --conditions=source sdk/src/market/vectors.write.ts
// Other implementations of MERIT (a second auditor, a challenge contract) check themselves against it.
import { writeFileSync } from 'node:fs';
import { clear } from './clear.ts';
import type { ClearingInput } from './clearing-input.ts';
import { poolId } from './pool-id.ts';
import { windowsOf } from './price-window.ts';
import { noTrials, qualityPpmFloor, withTrials } from './quality.ts';
import { account, hash, sampleAsk, sampleInput, sampleLeaf, sampleModel } from './sample-market.ts';
import { type ClearingInputJson, resultToJson, toJson } from './vector-json.ts';
import { windowPricePpm } from './window-price.ts';

const limits = (maxPriceOutput: bigint) => ({ request: { ...sampleInput().request, maxPriceOutput } });
const threeAsks = [1_300_000, 900_000, 1_100_000, 2_000_000].map((multiplierPpm, n) =>
  sampleAsk(n, { multiplierPpm }),
);
const tied = Array.from({ length: 8 }, (_, n) => sampleAsk(n));
const records = new Map([
  [hash(0xf000), 700_000],
  [hash(0xf001), 500_000],
  [hash(0xf002), 1_000_000],
]);

const cases: Record<string, ClearingInput> = {
  'thin market: pay as ask': sampleInput({ asks: threeAsks }),
  'quality reorders': sampleInput({ asks: threeAsks, qualityPpmByPlatform: records }),
  'ties by hash': sampleInput({ asks: tied }),
  'ties by hash, another request': sampleInput({ asks: tied, requestId: hash(0x777) }),
  'window price above the ask': sampleInput({ asks: threeAsks, windowPricePpm: 1_400_003 }),
  'window price below the ask': sampleInput({ asks: threeAsks, windowPricePpm: 600_000 }),
  'window price cut by the buyer’s limit': sampleInput({
    asks: threeAsks,
    windowPricePpm: 1_400_000,
    ...limits(2_900_000n),
  }),
  'window price cut by the ceiling': sampleInput({
    asks: threeAsks,
    windowPricePpm: 1_400_000,
    ceilingPpm: 950_000,
  }),
  'declared pause, overstated slots, newcomer in a closed pool': sampleInput({
    asks: [
      sampleAsk(1, {}, { isPaused: true }),
      sampleAsk(2, {}, { usedSlots: 3 }),
      sampleAsk(3, { tier: 2 }),
      sampleAsk(4, { multiplierPpm: 1_500_000 }),
    ],
    slotLimits: new Map([[sampleAsk(2).ask.nodeKey, 3]]),
    pools: new Map([[2, { windows: [], ceilingPpm: undefined, probation: 'closed' }]]),
  }),
  'prices round up': sampleInput({ asks: [sampleAsk(1, { multiplierPpm: 1_000_001 })] }),
  'everybody refused': sampleInput({
    asks: [
      sampleAsk(1, { tier: 0 }),
      sampleAsk(2, { region: 'FR' }),
      sampleAsk(3, {}, { freeSlots: 0 }),
      sampleAsk(4, {}, { timestampMs: 9_000 }),
      sampleAsk(5, { validUntilMs: 10_000 }),
      sampleAsk(6, { multiplierPpm: 20_000_000 }),
    ],
    regions: ['DE'],
  }),
};

/** Jobs done and lost, in the order in which tables counted them. */
const trials: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[1, 0]],
  [[0, 1]],
  [[90, 10]],
  [[0, 10]],
  [
    [900, 100],
    [500, 3],
  ],
];

/** Provider, effective ask, billed tokens. */
const trades: Record<string, readonly (readonly [number, number, number])[]> = {
  'nine alike': Array.from({ length: 9 }, (_, n) => [n % 3, 1_000_000 + 50_000 * n, 1_000] as const),
  'too few receipts': Array.from({ length: 7 }, (_, n) => [n % 3, 1_000_000 + n, 2_000] as const),
  'too few tokens': Array.from({ length: 9 }, (_, n) => [n % 3, 1_000_000 + n, 888] as const),
  'nearly all of it cut by the cap': Array.from(
    { length: 9 },
    (_, n) => [n % 3, 1_000_000 + n, n % 3 === 0 ? 90_000 : 100] as const,
  ),
  'too few providers': Array.from({ length: 9 }, (_, n) => [n % 2, 1_000_000 + n, 1_000] as const),
  'one provider too heavy': Array.from(
    { length: 12 },
    (_, n) => [n % 4, 1_000_000 + n, n % 4 === 3 ? 3_000 : 700] as const,
  ),
  'two providers too heavy': Array.from(
    { length: 12 },
    (_, n) => [n % 4, 2_000_000 - n, n % 4 < 2 ? 4_000 : 1_001] as const,
  ),
};
const windowOf = (trade: (typeof trades)[string]) =>
  windowsOf(
    trade.map(([provider, effectiveAsk, billedTokens], index) => ({
      index,
      atMs: 1_000,
      leaf: sampleLeaf({ provider: account(provider), effectiveAsk, billedTokens }),
    })),
    0,
    5_000,
  );

const vectors = {
  qualities: trials.map((tables) => ({
    tables,
    qualityPpm: qualityPpmFloor(
      tables.reduce((record, [done, missed]) => withTrials(record, done, missed), noTrials),
    ),
  })),
  windowPrices: Object.entries(trades).map(([name, trade]) => {
    const windows = windowOf(trade);
    return {
      name,
      windows,
      pricePpm: windowPricePpm(windows, 5_001) ?? null,
      withoutFirstPpm: windowPricePpm(windows, 5_001, account(0)) ?? null,
    };
  }),
  rule: 'MERIT/1',
  poolIds: [0, 1, 2].map((tier) => ({
    modelDigest: sampleModel,
    tier,
    class: 0,
    poolId: poolId(sampleModel, tier, 0),
  })),
  clearings: Object.entries(cases).map(([name, input]) => ({
    name,
    input: toJson(input) as ClearingInputJson,
    result: resultToJson(clear(input)),
  })),
};
export type Vectors = typeof vectors;
writeFileSync(new URL('./vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
