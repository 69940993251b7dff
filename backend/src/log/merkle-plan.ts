import { EMPTY_ROOT, nodeHash } from '@hearth/attestation/receipt';

/** A perfect subtree of the log: all leaves [index·2^level, (index+1)·2^level). Its hash never changes, so it is stored once. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Leaves [from, to) of the tree. */
interface Range {
  readonly from: number;
  readonly to: number;
}

export interface CompletedNode {
  readonly id: NodeId;
  readonly hash: Uint8Array;
}

export type NodeLookup = (id: NodeId) => Uint8Array;

/** The stored subtrees that make up a range, left to right: at most one per level. `from` is aligned to the range's size, as in RFC 6962. */
export function perfectNodes({ from, to }: Range): NodeId[] {
  const nodes: NodeId[] = [];
  for (let start = from; start < to; ) {
    const level = Math.floor(Math.log2(to - start));
    nodes.push({ level, index: start / 2 ** level });
    start += 2 ** level;
  }
  return nodes;
}

/** MTH of a range from its stored subtrees. */
export function hashOf(range: Range, lookup: NodeLookup): Uint8Array {
  const hashes = perfectNodes(range).map(lookup);
  const last = hashes.pop();
  return last === undefined ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right), last);
}

/** Ranges whose hashes are the audit path of leaf `index`, nearest sibling first (RFC 6962, 2.1.1). */
export function inclusionRanges(index: number, treeSize: number): Range[] {
  const path: Range[] = [];
  let range = { from: 0, to: treeSize };
  while (range.to - range.from > 1) {
    const split = range.from + largestPowerOfTwoBelow(range.to - range.from);
    const left = { from: range.from, to: split };
    const right = { from: split, to: range.to };
    path.push(index < split ? right : left);
    range = index < split ? left : right;
  }
  return path.reverse();
}

/** Ranges whose hashes prove that the first `oldSize` leaves are a prefix of `newSize` (RFC 6962, 2.1.2). */
export function consistencyRanges(oldSize: number, newSize: number): Range[] {
  const path: Range[] = [];
  let range = { from: 0, to: newSize };
  let complete = true; // the old tree is a whole subtree here, whose hash the verifier knows
  while (range.to !== oldSize) {
    const split = range.from + largestPowerOfTwoBelow(range.to - range.from);
    const left = { from: range.from, to: split };
    const right = { from: split, to: range.to };
    path.push(oldSize <= split ? right : left);
    if (oldSize > split) complete = false;
    range = oldSize <= split ? left : right;
  }
  if (!complete) path.push(range);
  return path.reverse();
}

/**
 * The subtrees that become whole when `leafHashes` are appended at `size`, the leaves themselves (level 0) included.
 * `lookup` gives the subtrees on the right edge of the present tree (`perfectNodes` of all of it).
 */
export function completedNodes(
  size: number,
  leafHashes: readonly Uint8Array[],
  lookup: NodeLookup,
): CompletedNode[] {
  const completed: CompletedNode[] = [];
  const edge = new Map(perfectNodes({ from: 0, to: size }).map((id) => [id.level, lookup(id)]));
  leafHashes.forEach((leaf, offset) => {
    let id: NodeId = { level: 0, index: size + offset };
    let hash = leaf;
    completed.push({ id, hash });
    while (id.index % 2 === 1) {
      hash = nodeHash(edge.get(id.level) as Uint8Array, hash);
      id = { level: id.level + 1, index: (id.index - 1) / 2 };
      completed.push({ id, hash });
    }
    edge.set(id.level, hash);
  });
  return completed;
}

function largestPowerOfTwoBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
