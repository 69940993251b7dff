import type { ClearingInput } from '../clearing-input.ts';
import { NEWCOMER_SLOTS } from '../probation.ts';
import type { AskKind, AskRows } from './ask-rows.ts';

/**
 * `refusalRule` asked of the book's columns, without its reasons: whether a version under the first `size` log entries may
 * compete. Model, class, tier, region, free slots and pauses decide in which buckets a clearing looks. Proved equal to the
 * rule by the book's property test.
 */
export function rowRule(
  rows: AskRows,
  input: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>,
  size: number,
  highestPpm: number,
): (row: number) => boolean {
  const { request, atMs, beacon, priceCard, slotLimits, ejectedNodes, establishedPlatforms, pools, buyer } =
    input;
  const { contextTokens } = request;
  const { priceCardHash } = priceCard;
  const isNodeKnown = slotLimits.size > 0 || ejectedNodes.size > 0;

  // What most often does not fit comes first.
  return (row) => {
    if (!rows.standsUnder(row, size)) return false;
    if (contextTokens > rows.contextOf(row) || rows.multiplierOf(row) > highestPpm) return false;
    if (!rows.standsAt(row, atMs, beacon.timestampMs) || !rows.isValidAt(row, atMs)) return false;
    const { tier, priceCardHash: ownCard } = rows.kinds[rows.kindOf(row)] as AskKind;
    if (ownCard !== priceCardHash || rows.providers.is(rows.providerOf(row), buyer)) return false;
    if (isNodeKnown && isHeldBack(row)) return false;
    const pool = pools.get(tier);
    if (pool === undefined) return true;
    if (pool.ceilingPpm !== undefined && rows.multiplierOf(row) > pool.ceilingPpm) return false;
    if (pool.probation === 'off' || establishedPlatforms.has(rows.platforms.hex(rows.platformOf(row))))
      return true;
    return pool.probation === 'open' && rows.usedOf(row) < NEWCOMER_SLOTS;
  };

  function isHeldBack(row: number): boolean {
    const nodeKey = rows.nodes.hex(rows.nodeOf(row));
    const slotLimit = slotLimits.get(nodeKey);
    if (slotLimit !== undefined && rows.usedOf(row) >= slotLimit) return true;
    return ejectedNodes.has(nodeKey);
  }
}
