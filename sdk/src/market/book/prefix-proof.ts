import { sha256 } from '@noble/hashes/sha2.js';
import { firstDifferentBit, isBitSet, joined, KEY_BITS, KEY_BYTES, leafHashOf } from './pool-tree-hash.ts';

/** The best leaves of a pool, none left out, and the hashes of everything behind them. */
export interface PrefixProof {
  /** In merit order. */
  readonly leaves: readonly Uint8Array[];
  /** What lies to the right on the way from the last leaf up to the root. */
  readonly hidden: readonly { readonly bit: number; readonly hash: Uint8Array }[];
}

/** A subtree and the bit in which its keys differ from those to its left. */
interface Part {
  readonly bit: number;
  readonly hash: Uint8Array;
}

/**
 * The root that a prefix proof belongs to; undefined for one that no tree gives. With the right root, no leaf better than
 * the last one shown was left out, provided the tree is sorted, which whoever folds the log can check.
 */
export function rootOfPrefix({ leaves, hidden }: PrefixProof): Uint8Array | undefined {
  const last = leaves.at(-1);
  if (last === undefined) return hidden.length === 0 ? new Uint8Array(32) : undefined;
  const parts: Part[] = [];
  let before: Uint8Array | undefined;
  for (const leaf of leaves) {
    if (leaf.length < KEY_BYTES) return undefined;
    const bit = before === undefined ? 0 : firstDifferentBit(before, leaf);
    if (before !== undefined && (bit === KEY_BITS || !isBitSet(leaf, bit))) return undefined; // not in order
    push(parts, { bit, hash: leafHashOf(leaf) });
    before = leaf;
  }
  let below = KEY_BITS;
  for (const { bit, hash } of hidden) {
    // Up the tree, and always to the right of the last leaf.
    if (!Number.isInteger(bit) || bit < 0 || bit >= below || isBitSet(last, bit) || hash.length !== 32)
      return undefined;
    push(parts, { bit, hash });
    below = bit;
  }
  return whole(parts)?.hash;
}

/** Parts that differ later than the new one belong together before it comes. */
function push(parts: Part[], part: Part): void {
  while (parts.length > 1 && (parts.at(-1) as Part).bit > part.bit) join(parts);
  parts.push(part);
}

function whole(parts: Part[]): Part | undefined {
  while (parts.length > 1) join(parts);
  return parts[0];
}

function join(parts: Part[]): void {
  const [right, left] = [parts.pop() as Part, parts.pop() as Part];
  parts.push({ bit: left.bit, hash: sha256(joined(right.bit, left.hash, right.hash)) });
}
