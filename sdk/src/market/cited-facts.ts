import type { Hex } from '@hearth/attestation/receipt';
import type { ClearingInput, PoolTerms } from './clearing-input.ts';
import { isEjected, type MarketFacts } from './market-facts.ts';
import { poolId } from './pool-id.ts';
import { ESTABLISHED_RECEIPTS, probationIn } from './probation.ts';
import { WINDOW_MEMORY_MS } from './window-price.ts';

/** What a clearing takes from the market's own records. */
export type CitedFacts = Pick<
  ClearingInput,
  'qualityPpmByPlatform' | 'establishedPlatforms' | 'slotLimits' | 'ejectedNodes' | 'pools'
>;

const TIERS = [0, 1, 2];

/** The records under the cited checkpoint, as a clearing of a model and class reads them at `atMs`. */
export function citedFacts(facts: MarketFacts, modelDigest: Hex, jobClass: number, atMs: number): CitedFacts {
  const { platforms, nodes } = facts;
  return {
    qualityPpmByPlatform: { get: (platformId) => platforms.get(platformId)?.qualityPpm },
    establishedPlatforms: { has: (id) => (platforms.get(id)?.receipts ?? 0) >= ESTABLISHED_RECEIPTS },
    slotLimits: { get: (nodeKey) => nodes.get(nodeKey)?.slotLimit ?? undefined },
    ejectedNodes: { has: (nodeKey) => isEjected(facts, nodeKey, atMs) },
    pools: new Map(TIERS.map((tier) => [tier, poolTerms(facts, poolId(modelDigest, tier, jobClass))])),
  };
}

/** The log entries that say it: what an auditor needs to see. Tables are shown whole, so those of all platforms are. */
export function citedIndexes(facts: MarketFacts, modelDigest: Hex, jobClass: number, atMs: number): number[] {
  const ejections = [...facts.ejections.values()].flat().filter(({ untilMs }) => untilMs > atMs);
  const pools = TIERS.map((tier) => poolId(modelDigest, tier, jobClass)).flatMap((pool) => [
    facts.pools.get(pool)?.newest,
    ...(facts.windows.get(pool) ?? []).filter(({ toMs }) => toMs > atMs - WINDOW_MEMORY_MS),
  ]);
  const others = [...ejections, ...pools].flatMap((record) => record?.logIndex ?? []);
  return [...new Set([...tableIndexes(facts), ...others])];
}

/** Platforms are many and tables are few: gathered once per table. */
const tables = new WeakMap<MarketFacts['platforms'], ReadonlySet<number>>();

function tableIndexes({ platforms, nodes }: MarketFacts): ReadonlySet<number> {
  const known = tables.get(platforms);
  if (known !== undefined) return known;
  const indexes = new Set([...platforms.values(), ...nodes.values()].map(({ logIndex }) => logIndex));
  tables.set(platforms, indexes);
  return indexes;
}

function poolTerms({ pools, windows }: MarketFacts, pool: Hex): PoolTerms {
  const newest = pools.get(pool)?.newest;
  return {
    windows: windows.get(pool) ?? [],
    ceilingPpm: newest?.ceilingPpm ?? undefined,
    probation: probationIn(newest),
  };
}
