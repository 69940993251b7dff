import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import type { StandingAsk } from './clearing-input.ts';
import { foldFacts, type MarketFacts, noFacts } from './market-facts.ts';
import { standingLimits } from './node-standing.ts';
import { poolId } from './pool-id.ts';
import { hash, sampleAsk } from './sample-market.ts';

const own: StandingAsk = sampleAsk(1);
const { nodeKey, modelDigest, tier } = own.ask;
const pool = poolId(modelDigest, tier, own.ask.class);

function factsOf(
  owners: number,
  newcomerTokens: number,
  receipts: number,
  slotLimit: number | null,
): MarketFacts {
  const quality = {
    v: 1 as const,
    fromIndex: 0,
    toIndex: 9,
    platforms: [{ platformId: own.platformId, receipts, doneMilli: 0, missedMilli: 0, qualityPpm: 900_000 }],
    nodes: [{ nodeKey, offers: 0, accepts: 0, maxUsed: 0, slotLimit }],
    pools: [
      {
        poolId: pool,
        receipts: 2_000,
        tokens: 1_000,
        pricePpm: null,
        owners,
        newcomerTokens,
        ceilingPpm: null,
      },
    ],
  };
  return foldFacts(noFacts, { kind: 'quality', atMs: 1_000, quality }, 9);
}
const reasons = (facts: MarketFacts, atMs = 1_000, asks = [own], node: Hex = nodeKey) =>
  standingLimits(facts, node, asks, atMs).map((limit) => limit.reason);

test('nothing stands against a node that no record names', () => {
  expect(standingLimits(noFacts, nodeKey, [own], 0)).toEqual([]);
});

test.each([
  [
    'a newcomer among established owners has two slots',
    3,
    0,
    199,
    [{ reason: 'probation', slots: 2, receipts: 199 }],
  ],
  ['newcomers who have had their share have none', 3, 51, 0, [{ reason: 'probation', slots: 0 }]],
  ['200 receipts end it', 3, 51, 200, []],
  ['nobody is new where there are no established owners', 2, 51, 0, []],
])('probation: %s', (_, owners, newcomerTokens, receipts, limits) => {
  const found = standingLimits(factsOf(owners, newcomerTokens, receipts, null), nodeKey, [own], 1_000);
  expect(found).toEqual(
    limits.map((limit) => expect.objectContaining({ ...limit, poolId: pool, logIndex: 9 })),
  );
});

test('an ejection counts until its end, and names its entry', () => {
  const ejection = {
    v: 1 as const,
    nodeKey,
    reason: 'aborted' as const,
    missed: 3,
    trials: 5,
    untilMs: 2_000,
  };
  const facts = foldFacts(noFacts, { kind: 'ejection', atMs: 1_000, ejection }, 12);
  expect(standingLimits(facts, nodeKey, [], 1_999)).toEqual([
    { reason: 'ejected', cause: 'aborted', missed: 3, trials: 5, untilMs: 2_000, logIndex: 12 },
  ]);
  expect(reasons(facts, 2_000)).toEqual([]);
  expect(reasons(facts, 1_999, [], hash(7))).toEqual([]);
});

test('slots that do not count, and an ask above the ceiling, are said with their numbers', () => {
  const facts = factsOf(3, 0, 200, 1);
  const newest = { ...facts.pools.get(pool)?.newest, ceilingPpm: own.ask.multiplierPpm - 1 };
  const pools = new Map([[pool, { newest, periods: [] }]]) as unknown as MarketFacts['pools'];
  expect(standingLimits({ ...facts, pools }, nodeKey, [own], 1_000)).toEqual([
    { reason: 'overstated', slots: 1, logIndex: 9 },
    {
      reason: 'ceiling',
      poolId: pool,
      multiplierPpm: own.ask.multiplierPpm,
      ceilingPpm: own.ask.multiplierPpm - 1,
      logIndex: 9,
    },
  ]);
});
