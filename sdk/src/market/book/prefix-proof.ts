import { sha256 } from '@hearth/attestation/receipt';
import {
  effectiveAskIn,
  firstDifferentBit,
  isBitSet,
  joined,
  KEY_BITS,
  KEY_BYTES,
  leafHashOf,
} from './pool-tree-hash.ts';

/** The best leaves of a pool, none left out, and the hashes of everything behind them. */
export interface PrefixProof {
  /** In merit order. */
  readonly leaves: readonly Uint8Array[];
  /** What lies to the right on the way from the last leaf up to the root. */
  readonly hidden: readonly { readonly bit: number; readonly hash: Uint8Array }[];
}

/** What a prefix proves: this root commits to no leaf of an effective ask below `beyond` but those shown. */
export interface ProvenPrefix {
  readonly root: Uint8Array;
  readonly beyond: number;
}

/** A subtree and the bit in which its keys differ from those to its left. */
interface Part {
  readonly bit: number;
  readonly hash: Uint8Array;
}

const EFFECTIVE_ASK_BITS = 32;

/**
 * The root that a prefix proof belongs to; undefined for one that no tree gives. With the right root, no better leaf was
 * left out, provided the tree is sorted, which whoever folds the log can check.
 */
export function openPrefix({ leaves, hidden }: PrefixProof): ProvenPrefix | undefined {
  const last = leaves.at(-1);
  const nothing = { root: new Uint8Array(32), beyond: Number.POSITIVE_INFINITY };
  if (last === undefined) return hidden.length === 0 ? nothing : undefined;
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
  let { beyond } = nothing;
  for (const { bit, hash } of hidden) {
    // Up the tree, and always to the right of the last leaf.
    if (!Number.isInteger(bit) || bit < 0 || bit >= below || isBitSet(last, bit) || hash.length !== 32)
      return undefined;
    push(parts, { bit, hash });
    below = bit;
    beyond = Math.min(beyond, lowestBeyond(effectiveAskIn(last), bit));
  }
  const root = whole(parts)?.hash;
  return root && { root, beyond };
}

/** The lowest effective ask that may lie to the right of a leaf where keys part at `bit`: that bit set, and nothing behind it. */
export function lowestBeyond(effectiveAsk: number, bit: number): number {
  if (bit >= EFFECTIVE_ASK_BITS) return effectiveAsk;
  const unit = 2 ** (EFFECTIVE_ASK_BITS - 1 - bit);
  return (Math.floor(effectiveAsk / unit) + 1) * unit;
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
