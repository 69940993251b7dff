import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  leafHash,
  merkleRoot,
  rootFromInclusion,
} from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import {
  completedNodes,
  consistencyRanges,
  hashOf,
  inclusionRanges,
  type NodeId,
  perfectNodes,
} from './merkle-plan.ts';

const leaves = Array.from({ length: 70 }, (_, i) => leafHash(Uint8Array.of(i)));

/** A store filled through `completedNodes` in uneven batches, as the log fills its table. */
function storeOf(size: number, batch: number): (id: NodeId) => Uint8Array {
  const stored = new Map<string, Uint8Array>();
  const lookup = (id: NodeId) => {
    const hash = stored.get(`${id.level}/${id.index}`);
    if (hash === undefined) throw new Error(`node ${id.level}/${id.index} is not stored`);
    return hash;
  };
  for (let at = 0; at < size; at += batch) {
    const added = completedNodes(at, leaves.slice(at, Math.min(at + batch, size)), lookup);
    for (const { id, hash } of added) stored.set(`${id.level}/${id.index}`, hash);
  }
  return lookup;
}

test('every tree size has the root of RFC 6962, whatever the batches were', () => {
  for (const batch of [1, 3, 64]) {
    const lookup = storeOf(70, batch);
    for (let size = 0; size <= 70; size++)
      expect(hashOf({ from: 0, to: size }, lookup)).toEqual(merkleRoot(leaves.slice(0, size)));
  }
});

test('every inclusion proof from stored nodes equals the plain one and leads to the root', () => {
  const lookup = storeOf(70, 7);
  for (const size of [1, 2, 3, 7, 8, 33, 64, 69, 70]) {
    for (let index = 0; index < size; index++) {
      const path = inclusionRanges(index, size).map((range) => hashOf(range, lookup));
      expect(path).toEqual(inclusionProof(leaves.slice(0, size), index));
      expect(rootFromInclusion(leaves[index] as Uint8Array, index, size, path)).toEqual(
        merkleRoot(leaves.slice(0, size)),
      );
    }
  }
});

test('every consistency proof from stored nodes equals the plain one and convinces the verifier', () => {
  const lookup = storeOf(70, 5);
  for (const size of [1, 2, 3, 7, 8, 33, 64, 70]) {
    for (let old = 1; old <= size; old++) {
      const path = consistencyRanges(old, size).map((range) => hashOf(range, lookup));
      expect(path).toEqual(consistencyProof(leaves.slice(0, size), old));
      const roots = [old, size].map((n) => merkleRoot(leaves.slice(0, n))) as [Uint8Array, Uint8Array];
      expect(isConsistent(old, roots[0], size, roots[1], path)).toBe(true);
    }
  }
});

test('a proof reads no more than log² nodes of a large tree', () => {
  const size = 1_000_003;
  const nodes = inclusionRanges(654_321, size).flatMap(perfectNodes);
  expect(nodes.length).toBeLessThan(40);
});
