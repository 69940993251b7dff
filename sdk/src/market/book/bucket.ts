import * as sortedBTree from 'sorted-btree';
import { ROW_LIMIT } from './ask-rows.ts';

// A CommonJS module whose class is its `default`.
const BTree = sortedBTree.default.default;
type Tree = InstanceType<typeof BTree<number, undefined>>;

const byNumber = (a: number, b: number) => a - b;

/** One number orders rows by effective ask: e × 2^22 + row, below 2^53. */
const keyOf = (effectiveAsk: number, row: number) => effectiveAsk * ROW_LIMIT + row;
const effectiveAskOf = (key: number) => Math.floor(key / ROW_LIMIT);
const rowOf = (key: number) => key - effectiveAskOf(key) * ROW_LIMIT; // `%` of doubles is slow

/** Rows of one (model, class, tier, region), lowest effective ask first. Full and paused asks lie apart: no clearing looks at them. */
export class Bucket {
  private readonly open: Tree = new BTree(undefined, byNumber);
  private readonly full: Tree = new BTree(undefined, byNumber);

  readonly tier: number;
  readonly region: string;

  constructor(tier: number, region: string) {
    this.tier = tier;
    this.region = region;
  }

  add(row: number, effectiveAsk: number, sells: boolean): void {
    (sells ? this.open : this.full).set(keyOf(effectiveAsk, row), undefined);
  }

  remove(row: number, effectiveAsk: number, sells: boolean): void {
    (sells ? this.open : this.full).delete(keyOf(effectiveAsk, row));
  }

  /** Every row, in no order to rely on. */
  *rows(): Iterable<number> {
    for (const tree of [this.open, this.full]) for (const key of tree.keys()) yield rowOf(key);
  }

  /** A place in the rows that sell, before the first; undefined when there are none. */
  cursor(): Cursor | undefined {
    const first = this.open.minKey();
    return first === undefined ? undefined : new Cursor(this.open, first);
  }
}

/** Goes through one bucket in merit order. */
export class Cursor {
  row: number;
  effectiveAsk: number;

  private readonly tree: Tree;
  private key: number;

  constructor(tree: Tree, key: number) {
    this.tree = tree;
    this.key = key;
    this.row = rowOf(key);
    this.effectiveAsk = effectiveAskOf(key);
  }

  /** False at the end. */
  advance(): boolean {
    const next = this.tree.nextHigherKey(this.key);
    if (next === undefined) return false;
    this.key = next;
    this.row = rowOf(next);
    this.effectiveAsk = effectiveAskOf(next);
    return true;
  }
}
