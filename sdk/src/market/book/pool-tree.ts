import { sha256 } from '@noble/hashes/sha2.js';
import { firstDifferentBit, isBitSet, joined, KEY_BITS, leafHashOf } from './pool-tree-hash.ts';
import type { PrefixProof } from './prefix-proof.ts';

const NOBODY = -1;
const HASH = 32;

/** Where the tree finds its leaves; a leaf is a number of the caller. */
export interface LeafSource {
  /** `u32 e ‖ askId`, 36 bytes: leaves stand in its order. Never two leaves with one key. */
  keyOf(leaf: number): Uint8Array;
  /** What the tree commits to; begins with the key. */
  bytesOf(leaf: number): Uint8Array;
}

/**
 * The sorted Merkle tree of one pool: a binary trie over merit-order keys, so that its shape depends on its leaves alone
 * and a change costs one path. Hashes are worked out when a root is asked for.
 */
export class PoolTree {
  private readonly source: LeafSource;
  private top: number | undefined;
  /** Children: an inner node, or `~leaf`. */
  private left = new Int32Array(64);
  private right = new Int32Array(64);
  /** The first bit in which the keys of both sides differ. */
  private bits = new Uint16Array(64);
  private hashes = new Uint8Array(64 * HASH);
  private stale = new Uint8Array(64);
  private used = 0;
  private readonly free: number[] = [];

  constructor(source: LeafSource) {
    this.source = source;
  }

  add(leaf: number): void {
    const key = this.source.keyOf(leaf);
    if (this.top === undefined) {
      this.top = ~leaf;
      return;
    }
    const bit = firstDifferentBit(key, this.source.keyOf(~this.nearest(key)));
    if (bit === KEY_BITS) throw new RangeError('pool tree: expected a key that is not there yet');
    let parent = NOBODY;
    let at = this.top;
    while (at >= 0 && (this.bits[at] as number) < bit) {
      this.stale[at] = 1;
      parent = at;
      at = this.childOf(at, key);
    }
    const [left, right] = isBitSet(key, bit) ? [at, ~leaf] : [~leaf, at];
    this.hang(parent, key, this.branch(bit, left, right));
  }

  remove(leaf: number): void {
    const key = this.source.keyOf(leaf);
    let [grandparent, parent] = [NOBODY, NOBODY];
    let at = this.top;
    while (at !== undefined && at >= 0) {
      this.stale[at] = 1;
      [grandparent, parent] = [parent, at];
      at = this.childOf(at, key);
    }
    if (at !== ~leaf) throw new RangeError(`pool tree: leaf ${leaf} is not there`);
    if (parent === NOBODY) this.top = undefined;
    else {
      this.hang(
        grandparent,
        key,
        isBitSet(key, this.bits[parent] as number) ? this.left[parent] : this.right[parent],
      );
      this.free.push(parent);
    }
  }

  /** 32 zero bytes for an empty pool. */
  root(): Uint8Array {
    return this.top === undefined ? new Uint8Array(HASH) : this.hashOf(this.top);
  }

  /** Shows every leaf up to the first one whose key is at least `upTo`, or all there are. */
  prove(upTo: Uint8Array): PrefixProof {
    const proof: { leaves: Uint8Array[]; hidden: { bit: number; hash: Uint8Array }[] } = {
      leaves: [],
      hidden: [],
    };
    if (this.top !== undefined) this.show(this.top, upTo, proof);
    return proof;
  }

  /** True once the last leaf to show is shown. */
  private show(
    at: number,
    upTo: Uint8Array,
    proof: { leaves: Uint8Array[]; hidden: { bit: number; hash: Uint8Array }[] },
  ): boolean {
    if (at < 0) {
      proof.leaves.push(this.source.bytesOf(~at));
      return !isBelow(this.source.keyOf(~at), upTo);
    }
    if (!this.show(this.left[at] as number, upTo, proof))
      return this.show(this.right[at] as number, upTo, proof);
    proof.hidden.push({ bit: this.bits[at] as number, hash: this.hashOf(this.right[at] as number).slice() });
    return true;
  }

  private hashOf(at: number): Uint8Array {
    if (at < 0) return leafHashOf(this.source.bytesOf(~at));
    const place = this.hashes.subarray(at * HASH, (at + 1) * HASH);
    if (this.stale[at] === 0) return place;
    const [left, right] = [this.hashOf(this.left[at] as number), this.hashOf(this.right[at] as number)];
    place.set(sha256(joined(this.bits[at] as number, left, right)));
    this.stale[at] = 0;
    return place;
  }

  /** Some leaf below the branch where the key belongs. */
  private nearest(key: Uint8Array): number {
    let at = this.top as number;
    while (at >= 0) at = this.childOf(at, key);
    return at;
  }

  private childOf(at: number, key: Uint8Array): number {
    return (isBitSet(key, this.bits[at] as number) ? this.right[at] : this.left[at]) as number;
  }

  private hang(parent: number, key: Uint8Array, child: number | undefined): void {
    if (parent === NOBODY) this.top = child;
    else if (isBitSet(key, this.bits[parent] as number)) this.right[parent] = child as number;
    else this.left[parent] = child as number;
  }

  private branch(bit: number, left: number, right: number): number {
    const at = this.free.pop() ?? this.used++;
    if (at >= this.bits.length) this.grow();
    this.left[at] = left;
    this.right[at] = right;
    this.bits[at] = bit;
    this.stale[at] = 1;
    return at;
  }

  private grow(): void {
    const length = this.bits.length * 2;
    this.left = copied(this.left, new Int32Array(length));
    this.right = copied(this.right, new Int32Array(length));
    this.bits = copied(this.bits, new Uint16Array(length));
    this.hashes = copied(this.hashes, new Uint8Array(length * HASH));
    this.stale = copied(this.stale, new Uint8Array(length));
  }
}

function isBelow(key: Uint8Array, other: Uint8Array): boolean {
  const bit = firstDifferentBit(key, other);
  return bit < KEY_BITS && isBitSet(other, bit);
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
