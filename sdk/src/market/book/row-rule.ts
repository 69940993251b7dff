import type { RankingInput } from '../clear.ts';
import { NEWCOMER_SLOTS } from '../probation.ts';
import { type AskRows, tagOf } from './ask-rows.ts';
import type { MeritWalk } from './merit-walk.ts';
import { tierIn } from './places.ts';

/**
 * `refusalRule` asked of the book's columns, without its reasons: whether the version may compete where a walk stands. Model,
 * class, price card, tier, region, context, tree size, free slots and pauses decide where it goes. Proved equal to the rule
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

  admits({ heads, at }: MeritWalk): boolean {
    const { rows } = this;
    const { atMs, beacon, buyer, pools, establishedPlatforms } = this.input;
    const multiplierPpm = heads.multiplierOf(at);
    if (multiplierPpm > this.highestPpm || !heads.competesAt(at, atMs, beacon.timestampMs)) return false;
    // Hardly any other address has the same tag.
    if (heads.providerTagOf(at) === this.buyerTag && rows.isProvider(heads.rowOf(at), buyer)) return false;
    if (this.isNodeKnown && this.isHeldBack(heads.rowOf(at))) return false;
    if (pools.size === 0) return true;
    const pool = pools.get(tierIn(heads.placeOf(at)));
    if (pool === undefined) return true;
    if (pool.ceilingPpm !== undefined && multiplierPpm > pool.ceilingPpm) return false;
    if (pool.probation === 'off') return true;
    const row = heads.rowOf(at);
    if (establishedPlatforms.has(rows.platforms.hex(rows.platformOf(row)))) return true;
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
