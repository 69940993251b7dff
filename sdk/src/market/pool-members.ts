import type { Hex } from '@hearth/attestation/receipt';
import type { StandingAsk } from './clearing-input.ts';
import type { PoolMember } from './ejection.ts';
import { poolId } from './pool-id.ts';

/** Who stands where at `atMs`, among the asks that a tree size shows. */
export function poolMembers(
  asks: Iterable<StandingAsk>,
  atMs: number,
): { poolsOf(nodeKey: Hex): Hex[]; membersOf(pool: Hex): readonly PoolMember[] } {
  const pools = new Map<Hex, PoolMember[]>();
  const ids = new Map<string, Hex>();
  for (const { ask, standsFromMs, standsUntilMs } of asks) {
    if (standsFromMs > atMs || atMs >= Math.min(ask.validUntilMs, standsUntilMs ?? Number.POSITIVE_INFINITY))
      continue;
    const key = `${ask.modelDigest}/${ask.tier}/${ask.class}`;
    const pool = ids.get(key) ?? poolId(ask.modelDigest, ask.tier, ask.class);
    ids.set(key, pool);
    const { nodeKey, provider } = ask;
    const members = pools.get(pool);
    if (members === undefined) pools.set(pool, [{ nodeKey, provider }]);
    else members.push({ nodeKey, provider });
  }
  return {
    poolsOf: (nodeKey) =>
      [...pools].filter(([, of]) => of.some((member) => member.nodeKey === nodeKey)).map(([id]) => id),
    membersOf: (pool) => pools.get(pool) ?? [],
  };
}
