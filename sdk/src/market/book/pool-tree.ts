import { DIGEST_BYTES, hashIn, joinedDigest, leafDigest, mayHold, type Sought } from './pool-digest.ts';
import { firstDifferentBit, isBitSet, KEY_BITS } from './pool-key.ts';
import { ProofWriter } from './prefix-proof.ts';

const NOBODY = -1;

/** Where the tree finds its leaves; a leaf is a number of the caller. */
export interface LeafSource {
  /** `u32 e ‖ askId`, 36 bytes: leaves stand in its order. Never two leaves with one key. */
  keyOf(leaf: number): Uint8Array;
  /** What the tree commits to; begins with the key. Stays what it was for as long as a recent tree size shows the leaf. */
  bytesOf(leaf: number): Uint8Array;
}

/** The tree as the log entry `fromIndex` left it. */
interface Version {
  readonly fromIndex: number;
  readonly top: number | undefined;
}

/**
 * The sorted Merkle tree of one pool: a binary trie over merit-order keys, so that its shape depends on its leaves alone
 * and a change costs one path. Digests are worked out when a root is asked for. A change copies the path that it changes,
 * so that every recent tree size can still be asked for.
 */
export class PoolTree {
  private readonly source: LeafSource;
  private top: number | undefined;
  /** Oldest first. */
  private versions: Version[] = [];
  /** Children: an inner node, or `~leaf`. */
  private left = new Int32Array(64);
  private right = new Int32Array(64);
  /** The first bit in which the keys of both sides differ. */
  private bits = new Uint16Array(64);
  private digests = new Uint8Array(64 * DIGEST_BYTES);
  private stale = new Uint8Array(64);
  /** Log entry that made the node. */
  private bornAt = new Uint32Array(64);
  private used = 0;
  private readonly free: number[] = [];
  /** Nodes that the tree had up to some log entry, in log order. */
  private retired: { readonly node: number; readonly untilIndex: number }[] = [];
  /** The log entry that is being taken. */
  private index = 0;

  constructor(source: LeafSource) {
    this.source = source;
  }

  /** @param index of the log entry that makes it so; never lower than before */
  add(leaf: number, index: number): void {
    const key = this.source.keyOf(leaf);
    if (this.top === undefined) return this.turn(index, ~leaf);
    const bit = firstDifferentBit(key, this.source.keyOf(~this.nearest(key)));
    if (bit === KEY_BITS) throw new RangeError('pool tree: expected a key that is not there yet');
    this.turn(index, this.top);
    let parent = NOBODY;
    let at = this.top;
    while (at >= 0 && (this.bits[at] as number) < bit) {
      parent = this.ownBelow(parent, key, at);
      at = this.childOf(parent, key);
    }
    const [left, right] = isBitSet(key, bit) ? [at, ~leaf] : [~leaf, at];
    this.hang(parent, key, this.branch(bit, left, right));
  }

  remove(leaf: number, index: number): void {
    const key = this.source.keyOf(leaf);
    if (this.top === undefined || this.nearest(key) !== ~leaf)
      throw new RangeError(`pool tree: leaf ${leaf} is not there`);
    this.turn(index, this.top);
    let above = NOBODY;
    let at = this.top;
    while (at >= 0 && this.childOf(at, key) !== ~leaf) {
      above = this.ownBelow(above, key, at);
      at = this.childOf(above, key);
    }
    if (at < 0) return this.turn(index, undefined);
    this.hang(above, key, isBitSet(key, this.bits[at] as number) ? this.left[at] : this.right[at]);
    this.discard(at);
  }

  /** Nobody will ask for smaller sizes any more. */
  forgetBelow(horizon: number): void {
    const oldest = this.versions.findLastIndex(({ fromIndex }) => fromIndex < horizon);
    if (oldest > 0) this.versions.splice(0, oldest);
    const kept = this.retired.findIndex(({ untilIndex }) => untilIndex >= horizon);
    for (const { node } of this.retired.splice(0, kept < 0 ? this.retired.length : kept))
      this.free.push(node);
  }

  /** 32 zero bytes for an empty pool. @param size any recent tree size */
  root(size: number): Uint8Array {
    const top = this.topAt(size);
    return top === undefined ? new Uint8Array(32) : hashIn(this.digestOf(top)).slice();
  }

  /** Shows every leaf that is sought, and by digests that there is no other (`prefix-proof.ts`). @param size any recent tree size */
  prove(size: number, sought: Sought): Uint8Array {
    const proof = new ProofWriter();
    const top = this.topAt(size);
    if (top !== undefined) this.show(top, mayHold(sought), proof);
    return proof.bytes();
  }

  private topAt(size: number): number | undefined {
    return this.versions.findLast(({ fromIndex }) => fromIndex < size)?.top;
  }

  private show(at: number, isWanted: (digest: Uint8Array) => boolean, proof: ProofWriter): void {
    if (at < 0) return proof.leaf(this.source.bytesOf(~at));
    proof.parted();
    for (const side of [this.left[at] as number, this.right[at] as number]) {
      const digest = this.digestOf(side);
      if (isWanted(digest)) this.show(side, isWanted, proof);
      else proof.hidden(digest);
    }
  }

  private digestOf(at: number): Uint8Array {
    if (at < 0) return leafDigest(this.source.bytesOf(~at));
    const place = this.digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES);
    if (this.stale[at] === 0) return place;
    place.set(joinedDigest(this.digestOf(this.left[at] as number), this.digestOf(this.right[at] as number)));
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

  /** A new version, unless the entry has made one already. */
  private turn(index: number, top: number | undefined): void {
    this.index = index;
    this.top = top;
    if (this.versions.at(-1)?.fromIndex === index) this.versions.pop();
    this.versions.push({ fromIndex: index, top });
  }

  /** The node on the key's path, or a copy of it if an older version shows it; its digest is no longer right. */
  private ownBelow(parent: number, key: Uint8Array, at: number): number {
    if (this.bornAt[at] === this.index) {
      this.stale[at] = 1;
      return at;
    }
    const own = this.branch(this.bits[at] as number, this.left[at] as number, this.right[at] as number);
    this.discard(at);
    this.hang(parent, key, own);
    return own;
  }

  private discard(at: number): void {
    if (this.bornAt[at] === this.index) this.free.push(at);
    else this.retired.push({ node: at, untilIndex: this.index });
  }

  private hang(parent: number, key: Uint8Array, child: number | undefined): void {
    if (parent === NOBODY) this.turn(this.index, child);
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
    this.bornAt[at] = this.index;
    return at;
  }

  private grow(): void {
    const length = this.bits.length * 2;
    this.left = copied(this.left, new Int32Array(length));
    this.right = copied(this.right, new Int32Array(length));
    this.bits = copied(this.bits, new Uint16Array(length));
    this.digests = copied(this.digests, new Uint8Array(length * DIGEST_BYTES));
    this.stale = copied(this.stale, new Uint8Array(length));
    this.bornAt = copied(this.bornAt, new Uint32Array(length));
  }
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
