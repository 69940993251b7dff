// Writes vectors.json: node scripts/run.mjs --conditions=source sdk/src/market/vectors.write.ts
// Other implementations of MERIT (a second auditor, a challenge contract) check themselves against it.
import { writeFileSync } from 'node:fs';
import { clear } from './clear.ts';
import type { ClearingInput } from './clearing-input.ts';
import { poolId } from './pool-id.ts';
import { hash, sampleAsk, sampleInput, sampleModel } from './sample-market.ts';
import { type ClearingInputJson, toJson } from './vector-json.ts';

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

const vectors = {
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
    result: toJson(clear(input)),
  })),
};
export type Vectors = typeof vectors;
writeFileSync(new URL('./vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
