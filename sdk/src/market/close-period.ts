import type { Hex } from '@hearth/attestation/receipt';
import type {
  AnswerRecord,
  Ejection,
  PlatformRecord,
  PoolRecord,
  PriceWindow,
  QualityTable,
} from '../protocol/market-record.ts';
import { ceilingPpmFloor } from './ceiling.ts';
import { ejectionsOf, type PoolMember } from './ejection.ts';
import { earlierEjections, isEjected, type MarketFacts, recentPeriods } from './market-facts.ts';
import type { PeriodTally, PoolTally } from './period-tally.ts';
import { ESTABLISHED_RECEIPTS } from './probation.ts';
import { noTrials, qualityPpmFloor, withTrials } from './quality.ts';
import { noAnswers, withAnswers } from './slot-clipping.ts';
import { weightedQuantile } from './weighted-quantile.ts';
import { windowPricePpm } from './window-price.ts';

/** A node as its newest ask under `toIndex` shows it. */
export interface NodePlace {
  readonly platformId: Hex;
  readonly provider: Hex;
  /** Pools with an ask of it that stands at `atMs`. */
  readonly pools: readonly Hex[];
}

/** Everything a table may depend on. */
export interface Period {
  /** Of the leaves before `toIndex`. */
  readonly facts: MarketFacts;
  readonly toIndex: number;
  readonly atMs: number;
  /** Of the leaves [facts.coveredSize, toIndex). */
  readonly tally: PeriodTally;
  /** Nodes that ever asked. */
  placeOf(nodeKey: Hex): NodePlace | undefined;
  /** Who stands in a pool at `atMs`. */
  membersOf(poolId: Hex): readonly PoolMember[];
}

/** The table that closes a period, and who is out because of it. Pure: the same leaves give the same records. */
export function closePeriod(period: Period): { quality: QualityTable; ejections: Ejection[] } {
  const { facts, toIndex, tally } = period;
  return {
    quality: {
      v: 1,
      fromIndex: facts.coveredSize,
      toIndex,
      platforms: sorted(platformRecords(period), ({ platformId }) => platformId),
      nodes: sorted(answerRecords(period), ({ nodeKey }) => nodeKey),
      pools: sorted(
        [...tally.pools].map(([poolId, pool]) => poolRecord(poolId, pool, period)),
        ({ poolId }) => poolId,
      ),
    },
    ejections: ejections(period),
  };
}

function platformRecords({ facts, tally, placeOf }: Period): PlatformRecord[] {
  const trials = new Map<Hex, { done: number; missed: number }>();
  for (const [nodeKey, { done, unreceipted, aborted }] of tally.nodes) {
    const platformId = placeOf(nodeKey)?.platformId;
    if (platformId === undefined || done + unreceipted + aborted === 0) continue;
    const known = trials.get(platformId) ?? { done: 0, missed: 0 };
    trials.set(platformId, { done: known.done + done, missed: known.missed + unreceipted + aborted });
  }
  return [...trials].map(([platformId, { done, missed }]) => {
    const before = facts.platforms.get(platformId);
    const counts = withTrials(before ?? noTrials, done, missed);
    return {
      platformId,
      receipts: (before?.receipts ?? 0) + done,
      ...counts,
      qualityPpm: qualityPpmFloor(counts),
    };
  });
}

/** Kept only of nodes that ever refused for want of a slot: of the others there is nothing to judge. */
function answerRecords({ facts, tally }: Period): AnswerRecord[] {
  return [...tally.nodes].flatMap(([nodeKey, answers]) => {
    const before = facts.nodes.get(nodeKey);
    const hasNews = answers.refusals > 0 || (before !== undefined && answers.accepts > 0);
    return hasNews ? [withAnswers(before ?? noAnswers(nodeKey), answers)] : [];
  });
}

function poolRecord(poolId: Hex, pool: PoolTally, { facts, atMs, placeOf }: Period): PoolRecord {
  const owners = new Set<Hex>();
  let newcomerTokens = 0;
  for (const [nodeKey, tokens] of pool.sellers) {
    const place = placeOf(nodeKey);
    const receipts = place === undefined ? 0 : (facts.platforms.get(place.platformId)?.receipts ?? 0);
    if (place !== undefined && receipts >= ESTABLISHED_RECEIPTS) owners.add(place.provider);
    else newcomerTokens += tokens;
  }
  const { receipts, tokens } = pool;
  const pricePpm = medianPricePpm(pool.windows);
  const periods = [...recentPeriods(facts.pools.get(poolId), atMs), { receipts, tokens, pricePpm }];
  return {
    poolId,
    receipts,
    tokens,
    pricePpm,
    owners: owners.size,
    newcomerTokens,
    ceilingPpm: ceilingPpmFloor(periods),
  };
}

/** Token-weighted median of what the pool's windows were priced at, nobody left out; null where none had a price. */
function medianPricePpm(windows: readonly PriceWindow[]): number | null {
  const prices = windows.flatMap((window) => {
    const at = windowPricePpm(windows, window.toMs);
    return at === undefined ? [] : [{ at, weight: tokensOf(window) }];
  });
  return weightedQuantile(prices, 50) ?? null;
}

const tokensOf = ({ providers }: PriceWindow): bigint =>
  providers.flatMap(({ asks }) => asks).reduce((sum, { billedTokens }) => sum + BigInt(billedTokens), 0n);

function ejections({ facts, atMs, tally, placeOf, membersOf }: Period): Ejection[] {
  const nodes = [...tally.nodes].flatMap(([nodeKey, { done, unreceipted, aborted }]) => {
    const place = placeOf(nodeKey);
    if (place === undefined || isEjected(facts, nodeKey, atMs)) return [];
    const earlier = earlierEjections(facts, nodeKey, atMs);
    return [{ nodeKey, provider: place.provider, pools: place.pools, done, unreceipted, aborted, earlier }];
  });
  const inForce = (poolId: Hex) =>
    membersOf(poolId).filter(({ nodeKey }) => !isEjected(facts, nodeKey, atMs));
  return ejectionsOf(nodes, inForce, atMs);
}

function sorted<Row>(rows: Row[], keyOf: (row: Row) => Hex): Row[] {
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
