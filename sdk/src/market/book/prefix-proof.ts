import { concatBytes } from '@noble/hashes/utils.js';
import { DIGEST_BYTES, hashIn, joinedDigest, leafDigest } from './pool-digest.ts';
import { effectiveAskIn, firstDifferentBit, isBitSet, KEY_BITS } from './pool-key.ts';
import { LEAF_BYTES } from './pool-leaf.ts';

/**
 * A pool's tree as far as it decides a clearing, from the best ask on: `0x02 ‖ left ‖ right` for a branch, `0x01 ‖ leaf`,
 * `0x00 ‖ digest` for a part that holds nothing of what is sought. No bytes for a pool without asks.
 */
export const [HIDDEN, LEAF, BRANCH] = [0, 1, 2] as const;
export const CONTENT_BYTES = [DIGEST_BYTES, LEAF_BYTES, 0];

export class ProofWriter {
  private readonly parts: Uint8Array[] = [];

  parted(): void {
    this.parts.push(Uint8Array.of(BRANCH));
  }

  leaf(bytes: Uint8Array): void {
    this.parts.push(Uint8Array.of(LEAF), bytes);
  }

  hidden(digest: Uint8Array): void {
    this.parts.push(Uint8Array.of(HIDDEN), digest);
  }

  bytes(): Uint8Array {
    return concatBytes(...this.parts);
  }
}

/** What a proof shows of the tree that has this root. */
export interface OpenedPrefix {
  readonly root: Uint8Array;
  /** In merit order. */
  readonly leaves: readonly Uint8Array[];
  /** Digests of the parts that are not shown. */
  readonly hidden: readonly Uint8Array[];
}

/**
 * Undefined for bytes that show no sorted tree. With the right root, every leaf that is not shown lies in one of the hidden
 * parts, which are what their digests say if the tree is true: whoever folds the log can check that.
 */
export function openPrefix(proof: Uint8Array): OpenedPrefix | undefined {
  const leaves: Uint8Array[] = [];
  const hidden: Uint8Array[] = [];
  if (proof.length === 0) return { root: new Uint8Array(32), leaves, hidden };
  /** Branches on the way to where the proof stands: the left side once it is complete. */
  const branches: (Uint8Array | undefined)[] = [];
  let lowest = 0;
  for (let at = 0; at < proof.length; ) {
    const kind = proof[at];
    const content = proof.subarray(at + 1, at + 1 + (CONTENT_BYTES[kind as number] ?? 0));
    at += 1 + content.length;
    if (kind === BRANCH) {
      if (branches.push(undefined) > KEY_BITS) return undefined;
      continue;
    }
    // The digest of a whole tree would be nobody's word: a root commits to those below it.
    if (content.length !== CONTENT_BYTES[kind as number] || (kind === HIDDEN && branches.length === 0))
      return undefined;
    const before = leaves.at(-1);
    if (effectiveAskIn(content) < lowest) return undefined;
    lowest = effectiveAskIn(content);
    if (kind === LEAF && before !== undefined && !isInOrder(before, content)) return undefined;
    (kind === LEAF ? leaves : hidden).push(content);
    const top = closed(branches, kind === LEAF ? leafDigest(content) : content);
    if (top !== undefined) return at === proof.length ? { root: hashIn(top), leaves, hidden } : undefined;
  }
  return undefined;
}

/** Takes a part that is complete. @returns the whole tree's digest, once it was the last one */
function closed(branches: (Uint8Array | undefined)[], part: Uint8Array): Uint8Array | undefined {
  let whole = part;
  while (branches.length > 0) {
    const left = branches.pop();
    if (left === undefined) {
      branches.push(whole);
      return undefined;
    }
    whole = joinedDigest(left, whole);
  }
  return whole;
}

function isInOrder(before: Uint8Array, after: Uint8Array): boolean {
  const bit = firstDifferentBit(before, after);
  return bit < KEY_BITS && isBitSet(after, bit);
}
