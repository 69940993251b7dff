import type { RankingInput } from '../clear.ts';
import { NEWCOMER_SLOTS } from '../probation.ts';
import { type AskKind, type AskRows, tagOf } from './ask-rows.ts';

/**
 * `refusalRule` asked of the book's columns, without its reasons: whether a version may compete that a shelf shows. Model,
 * class, price card, tier, region, context, tree size, free slots and pauses decide what it shows. Proved equal to the rule
 * by the book's property test.
 */
export class RowRule {
  private readonly rows: AskRows;
  private readonly input: RankingInput;
  private readonly highestPpm: number;
  private readonly buyerTag: number;
  private readonly isNodeKnown: boolean;

  constructor(rows: AskRows, input: RankingInput, highestPpm: number) {
    this.rows = rows;
    this.input = input;
    this.highestPpm = highestPpm;
    this.buyerTag = tagOf(input.buyer);
    this.isNodeKnown = input.slotLimits.size > 0 || input.ejectedNodes.size > 0;
  }

  admits(row: number): boolean {
    const { rows } = this;
    const { atMs, beacon, buyer, pools, establishedPlatforms } = this.input;
    const multiplierPpm = rows.multiplierOf(row);
    if (multiplierPpm > this.highestPpm) return false;
    if (!rows.standsAt(row, atMs, beacon.timestampMs) || !rows.isValidAt(row, atMs)) return false;
    if (rows.isProvider(row, buyer, this.buyerTag)) return false;
    if (this.isNodeKnown && this.isHeldBack(row)) return false;
    if (pools.size === 0) return true;
    const pool = pools.get((rows.kinds[rows.kindOf(row)] as AskKind).tier);
    if (pool === undefined) return true;
    if (pool.ceilingPpm !== undefined && multiplierPpm > pool.ceilingPpm) return false;
    if (pool.probation === 'off' || establishedPlatforms.has(rows.platforms.hex(rows.platformOf(row))))
      return true;
    return pool.probation === 'open' && rows.usedOf(row) < NEWCOMER_SLOTS;
  }

  private isHeldBack(row: number): boolean {
    const { slotLimits, ejectedNodes } = this.input;
    const nodeKey = this.rows.nodes.hex(this.rows.nodeOf(row));
    const slotLimit = slotLimits.get(nodeKey);
    if (slotLimit !== undefined && this.rows.usedOf(row) >= slotLimit) return true;
    return ejectedNodes.has(nodeKey);
  }
}
