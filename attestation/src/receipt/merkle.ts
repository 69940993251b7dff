import { sha256 } from '../crypto/index.ts';

/**
 * RFC 6962 Merkle trees over SHA-256, for the transparency log, the receipts of one (order, enclave) and
 * commitments. Hashes are 32 raw bytes.
 */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(LEAF, leaf);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right);
}

/** Head of the empty tree: SHA-256 of nothing (RFC 6962, 2.1). */
export const EMPTY_ROOT: Uint8Array = sha256();

/** An append-only tree that keeps only its O(log n) frontier: enough for the head after every append. */
export class MerkleFrontier {
  #size: number;
  readonly #peaks: Uint8Array[];

  /** @param peaks of a tree of `size` leaves: the heads of its perfect subtrees, left to right */
  constructor(size = 0, peaks: readonly Uint8Array[] = []) {
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  /** Appends one leaf hash. */
  append(hash: Uint8Array): void {
    let carried = hash;
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) {
      carried = nodeHash(this.#peaks.pop() as Uint8Array, carried);
    }
    this.#peaks.push(carried);
    this.#size += 1;
  }

  root(): Uint8Array {
    const last = this.#peaks.at(-1);
    if (!last) return EMPTY_ROOT;
    return this.#peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
  }
}

/** Head over leaf hashes. */
export function merkleRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return EMPTY_ROOT;
  if (hashes.length === 1) return hashes[0] as Uint8Array;
  const split = largestPowerOfTwoBelow(hashes.length);
  return nodeHash(merkleRoot(hashes.slice(0, split)), merkleRoot(hashes.slice(split)));
}

/** Audit path of leaf `index` (RFC 6962, 2.1.1), nearest sibling first. */
export function inclusionProof(hashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= hashes.length)
    throw new RangeError('leaf index outside the tree');
  if (hashes.length === 1) return [];
  const split = largestPowerOfTwoBelow(hashes.length);
  return index < split
    ? [...inclusionProof(hashes.slice(0, split), index), merkleRoot(hashes.slice(split))]
    : [...inclusionProof(hashes.slice(split), index - split), merkleRoot(hashes.slice(0, split))];
}

/** The audit path of every leaf, in order. Each node is hashed once, where as many calls of `inclusionProof` hash all of them each. */
export function inclusionProofs(hashes: readonly Uint8Array[]): Uint8Array[][] {
  const paths: Uint8Array[][] = hashes.map(() => []);
  const rootOf = (from: number, to: number): Uint8Array => {
    if (to - from === 1) return hashes[from] as Uint8Array;
    const split = from + largestPowerOfTwoBelow(to - from);
    const [left, right] = [rootOf(from, split), rootOf(split, to)];
    for (let i = from; i < to; i += 1) paths[i]?.push(i < split ? right : left);
    return nodeHash(left, right);
  };
  if (hashes.length > 0) rootOf(0, hashes.length);
  return paths;
}

/** Root implied by an audit path, or undefined if the path has the wrong length (RFC 9162, 2.1.3.2). */
export function rootFromInclusion(
  leaf: Uint8Array,
  index: number,
  treeSize: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(treeSize) || index < 0 || index >= treeSize)
    return undefined;
  let node = index;
  let last = treeSize - 1;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0 || sibling.length !== 32) return undefined;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(sibling, root);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

/** Proof that the tree of the first `oldSize` leaves is a prefix of the whole (RFC 6962, 2.1.2). */
export function consistencyProof(hashes: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!Number.isInteger(oldSize) || oldSize < 1 || oldSize > hashes.length)
    throw new RangeError('old size outside the tree');
  return subProof(hashes, oldSize, true);
}

function subProof(hashes: readonly Uint8Array[], oldSize: number, complete: boolean): Uint8Array[] {
  if (oldSize === hashes.length) return complete ? [] : [merkleRoot(hashes)];
  const split = largestPowerOfTwoBelow(hashes.length);
  return oldSize <= split
    ? [...subProof(hashes.slice(0, split), oldSize, complete), merkleRoot(hashes.slice(split))]
    : [...subProof(hashes.slice(split), oldSize - split, false), merkleRoot(hashes.slice(0, split))];
}

/** RFC 9162, 2.1.4.2. */
export function isConsistent(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (oldSize < 1 || oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  let node = oldSize - 1;
  let last = newSize - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const first = path.shift();
  if (!first) return false;
  let oldHash = first;
  let newHash = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function largestPowerOfTwoBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}
