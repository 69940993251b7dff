import { expect, test } from '@jest/globals';
import {
  consistencyProof,
  inclusionProof,
  inclusionProofs,
  isConsistent,
  leafHash,
  MerkleFrontier,
  merkleRoot,
  rootFromInclusion,
  toHex,
} from './index.ts';

const leaves = Array.from({ length: 40 }, (_, i) => leafHash(Uint8Array.of(i)));

test('the frontier has the head of the whole tree after every append', () => {
  const frontier = new MerkleFrontier();
  for (let size = 0; size <= leaves.length; size += 1) {
    expect(toHex(frontier.root())).toBe(toHex(merkleRoot(leaves.slice(0, size))));
    const next = leaves[size];
    if (next) frontier.append(next);
  }
});

test('a frontier goes on from the peaks of a smaller tree', () => {
  const peaks = [leaves.slice(0, 16), leaves.slice(16, 20), leaves.slice(20, 21)].map(merkleRoot);
  const frontier = new MerkleFrontier(21, peaks);
  for (const leaf of leaves.slice(21)) frontier.append(leaf);
  expect([frontier.size, toHex(frontier.root())]).toEqual([40, toHex(merkleRoot(leaves))]);
});

test('every leaf of every tree has a proof, and only at its own index', () => {
  for (let size = 1; size <= leaves.length; size += 1) {
    const tree = leaves.slice(0, size);
    const root = toHex(merkleRoot(tree));
    expect(inclusionProofs(tree)).toEqual(tree.map((_, index) => inclusionProof(tree, index)));
    tree.forEach((leaf, index) => {
      const path = inclusionProof(tree, index);
      expect(toHex(rootFromInclusion(leaf, index, size, path) ?? leaf)).toBe(root);
      const wrong = rootFromInclusion(leaf, (index + 1) % size, size, path);
      if (size > 1) expect(wrong && toHex(wrong)).not.toBe(root);
    });
  }
});

test('every prefix is proved consistent, and a changed prefix is not', () => {
  for (let size = 1; size <= leaves.length; size += 1) {
    for (let old = 1; old <= size; old += 1) {
      const tree = leaves.slice(0, size);
      const proof = consistencyProof(tree, old);
      expect(isConsistent(old, merkleRoot(tree.slice(0, old)), size, merkleRoot(tree), proof)).toBe(true);
      const forged = [...tree.slice(0, old - 1), leafHash(Uint8Array.of(255))];
      expect(isConsistent(old, merkleRoot(forged), size, merkleRoot(tree), proof)).toBe(false);
    }
  }
});

test('the head of the empty tree and of one leaf are those of RFC 6962', () => {
  expect(toHex(merkleRoot([]))).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(toHex(leafHash(new Uint8Array()))).toBe(
    '0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});
