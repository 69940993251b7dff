import { ROW_LIMIT } from './ask-rows.ts';
import { SortedKeys } from './sorted-keys.ts';

/** One number orders rows by effective ask: e × 2^22 + row, below 2^53. */
const keyOf = (effectiveAsk: number, row: number) => effectiveAsk * ROW_LIMIT + row;
export const effectiveAskOf = (key: number) => Math.floor(key / ROW_LIMIT);
export const rowOf = (key: number) => key - effectiveAskOf(key) * ROW_LIMIT; // `%` of doubles is slow

/** Keys of the best rows of each bucket, all side by side: most clearings need no others. */
export const HEADS = 4;

/** Rows of one (model, class, tier, region), lowest effective ask first. Full and paused asks lie apart: no clearing looks at them. */
export class Bucket {
  readonly tier: number;
  readonly region: string;
  /** The worst of the best rows that sell; infinite while there are fewer. */
  private lastHead = Number.POSITIVE_INFINITY;
  private readonly onHeads: (heads: readonly number[]) => void;
  private readonly open = new SortedKeys();
  private readonly full = new SortedKeys();

  /** @param onHeads hears of each change of the best rows' keys, infinite where there are fewer */
  constructor(tier: number, region: string, onHeads: (heads: readonly number[]) => void) {
    this.tier = tier;
    this.region = region;
    this.onHeads = onHeads;
  }

  add(row: number, effectiveAsk: number, sells: boolean): void {
    const key = keyOf(effectiveAsk, row);
    (sells ? this.open : this.full).add(key);
    if (sells && key < this.lastHead) this.showHeads();
  }

  remove(row: number, effectiveAsk: number, sells: boolean): void {
    const key = keyOf(effectiveAsk, row);
    (sells ? this.open : this.full).remove(key);
    if (sells && key <= this.lastHead) this.showHeads();
  }

  /** Every row, in no order to rely on. */
  *rows(): Iterable<number> {
    for (const keys of [this.open, this.full]) for (const key of keys) yield rowOf(key);
  }

  /** Key of the row behind one that sells; infinite at the end. */
  after(key: number): number {
    return this.open.above(key);
  }

  private showHeads(): void {
    const heads: number[] = [];
    for (let key = -1; heads.length < HEADS; heads.push(key))
      key = key === Number.POSITIVE_INFINITY ? key : this.open.above(key);
    this.lastHead = heads[HEADS - 1] as number;
    this.onHeads(heads);
  }
}
