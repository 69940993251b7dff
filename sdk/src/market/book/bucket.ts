import * as sortedBTree from 'sorted-btree';
import { ROW_LIMIT } from './ask-rows.ts';

// A CommonJS module whose class is its `default`.
const BTree = sortedBTree.default.default;
type Tree = InstanceType<typeof BTree<number, undefined>>;

const byNumber = (a: number, b: number) => a - b;

/** One number orders rows by effective ask: e × 2^22 + row, below 2^53. */
const keyOf = (effectiveAsk: number, row: number) => effectiveAsk * ROW_LIMIT + row;
export const effectiveAskOf = (key: number) => Math.floor(key / ROW_LIMIT);
export const rowOf = (key: number) => key - effectiveAskOf(key) * ROW_LIMIT; // `%` of doubles is slow

/** Rows of one (model, class, tier, region), lowest effective ask first. Full and paused asks lie apart: no clearing looks at them. */
export class Bucket {
  readonly tier: number;
  readonly region: string;
  /** Key of the best row that sells; infinite when there is none. */
  private first = Number.POSITIVE_INFINITY;
  private readonly onFirst: (first: number) => void;
  private readonly open: Tree = new BTree(undefined, byNumber);
  private readonly full: Tree = new BTree(undefined, byNumber);

  /** @param onFirst hears of each change of the best row's key */
  constructor(tier: number, region: string, onFirst: (first: number) => void) {
    this.tier = tier;
    this.region = region;
    this.onFirst = onFirst;
  }

  add(row: number, effectiveAsk: number, sells: boolean): void {
    const key = keyOf(effectiveAsk, row);
    (sells ? this.open : this.full).set(key, undefined);
    if (sells && key < this.first) this.lead(key);
  }

  remove(row: number, effectiveAsk: number, sells: boolean): void {
    const key = keyOf(effectiveAsk, row);
    (sells ? this.open : this.full).delete(key);
    if (key === this.first) this.lead(this.open.minKey() ?? Number.POSITIVE_INFINITY);
  }

  /** Every row, in no order to rely on. */
  *rows(): Iterable<number> {
    for (const tree of [this.open, this.full]) for (const key of tree.keys()) yield rowOf(key);
  }

  /** Key of the row behind one that sells; infinite at the end. */
  after(key: number): number {
    return this.open.nextHigherKey(key) ?? Number.POSITIVE_INFINITY;
  }

  private lead(first: number): void {
    this.first = first;
    this.onFirst(first);
  }
}
