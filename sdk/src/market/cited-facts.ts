import type { Hex } from '@hearth/attestation/receipt';
import type { ClearingInput, PoolTerms } from './clearing-input.ts';
import { isEjected, type MarketFacts } from './market-facts.ts';
import { poolId, TIERS } from './pool-id.ts';
import { ESTABLISHED_RECEIPTS, probationIn } from './probation.ts';
import { WINDOW_MEMORY_MS } from './window-price.ts';

/** What a clearing takes from the market's own records. */
export type CitedFacts = Pick<
  ClearingInput,
  'qualityPpmByPlatform' | 'establishedPlatforms' | 'slotLimits' | 'ejectedNodes' | 'pools'
>;

/** The records under the cited checkpoint, as a clearing of a model and class reads them at `atMs`. */
export function citedFacts(facts: MarketFacts, modelDigest: Hex, jobClass: number, atMs: number): CitedFacts {
  const { platforms } = facts;
  return {
    qualityPpmByPlatform: { get: (platformId) => platforms.get(platformId)?.qualityPpm },
    establishedPlatforms: { has: (id) => (platforms.get(id)?.receipts ?? 0) >= ESTABLISHED_RECEIPTS },
    slotLimits: facts.slotLimits,
    ejectedNodes: { has: (nodeKey) => isEjected(facts, nodeKey, atMs), size: facts.ejections.size },
    pools: new Map(TIERS.map((tier) => [tier, poolTerms(facts, poolId(modelDigest, tier, jobClass))])),
  };
}

/** Log entries of the windows that may price it. The other records stand in the books' roots. */
export function citedWindows(
  { windows }: MarketFacts,
  modelDigest: Hex,
  jobClass: number,
  atMs: number,
): number[] {
  return TIERS.flatMap((tier) => windows.get(poolId(modelDigest, tier, jobClass)) ?? [])
    .filter(({ toMs }) => toMs > atMs - WINDOW_MEMORY_MS)
    .map(({ logIndex }) => logIndex);
}

function poolTerms({ pools, windows }: MarketFacts, pool: Hex): PoolTerms {
  const newest = pools.get(pool)?.newest;
  return {
    windows: windows.get(pool) ?? [],
    ceilingPpm: newest?.ceilingPpm ?? undefined,
    probation: probationIn(newest),
  };
}
