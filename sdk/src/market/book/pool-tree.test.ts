import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PoolTree } from './pool-tree.ts';
import { type PrefixProof, rootOfPrefix } from './prefix-proof.ts';

/** Leaf `n`: few effective asks, so that they tie often; the rest of the key is a hash, as an ask's id is. */
function bytesOf(leaf: number): Uint8Array {
  const id = createHash('sha256').update(`ask ${leaf}`).digest();
  return Uint8Array.of(0, 0, leaf % 3, (leaf * 37) % 11, ...id, leaf & 255, 7);
}
const keyOf = (leaf: number) => bytesOf(leaf).subarray(0, 36);
const source = { keyOf, bytesOf };

const treeOf = (leaves: readonly number[]) => {
  const tree = new PoolTree(source);
  for (const leaf of leaves) tree.add(leaf);
  return tree;
};
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const inOrder = (leaves: readonly number[]) => [...leaves].sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)));

const leavesArbitrary = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 60 });

test('the root depends on the leaves alone, however they came and went, and asked for in between or not', () => {
  fc.assert(
    fc.property(leavesArbitrary, fc.uniqueArray(fc.nat(500), { maxLength: 40 }), (kept, passing) => {
      const others = passing.filter((leaf) => !kept.includes(leaf));
      const tree = treeOf([...others, ...kept]);
      tree.root();
      for (const leaf of others) {
        tree.remove(leaf);
        if (leaf % 2 === 0) tree.root();
      }
      expect(hex(tree.root())).toBe(hex(treeOf(kept.toReversed()).root()));
      for (const leaf of kept) tree.remove(leaf);
      expect(hex(tree.root())).toBe('00'.repeat(32));
    }),
    { numRuns: 300 },
  );
});

test('a prefix shows the best leaves in order and proves them against the root', () => {
  fc.assert(
    fc.property(leavesArbitrary, fc.nat(500), (leaves, upTo) => {
      const tree = treeOf(leaves);
      const proof = tree.prove(keyOf(upTo));
      const order = inOrder(leaves);
      const end = order.findIndex((leaf) => Buffer.compare(keyOf(leaf), keyOf(upTo)) >= 0);
      const shown = end < 0 ? order : order.slice(0, end + 1);
      expect(proof.leaves.map(hex)).toEqual(shown.map((leaf) => hex(bytesOf(leaf))));
      expect(hex(rootOfPrefix(proof))).toBe(hex(tree.root()));
    }),
    { numRuns: 300 },
  );
});

test('an empty pool is proved by nothing, and nothing proves no other', () => {
  const proof = new PoolTree(source).prove(keyOf(1));
  expect(hex(rootOfPrefix(proof))).toBe('00'.repeat(32));
  expect(rootOfPrefix({ leaves: [], hidden: treeOf([1, 2]).prove(keyOf(1)).hidden.slice() })).not.toEqual(
    treeOf([1, 2]).root(),
  );
});

const leaves = Array.from({ length: 50 }, (_, n) => n);
const tree = treeOf(leaves);
const honest = tree.prove(keyOf(inOrder(leaves)[9] as number));
const changed = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] as number) ^ 1);

const tampered: readonly (readonly [string, PrefixProof])[] = [
  ...honest.leaves.flatMap((leaf, i): [string, PrefixProof][] => [
    [`leaf ${i} changed`, { ...honest, leaves: honest.leaves.with(i, changed(leaf, leaf.length - 1)) }],
    [`leaf ${i} left out`, { ...honest, leaves: honest.leaves.toSpliced(i, 1) }],
    [`leaf ${i} shown twice`, { ...honest, leaves: honest.leaves.toSpliced(i, 0, leaf) }],
  ]),
  ...honest.leaves
    .slice(1)
    .map((leaf, i): [string, PrefixProof] => [
      `leaves ${i} and ${i + 1} exchanged`,
      { ...honest, leaves: honest.leaves.with(i, leaf).with(i + 1, honest.leaves[i] as Uint8Array) },
    ]),
  ['a foreign leaf added', { ...honest, leaves: [...honest.leaves, bytesOf(499)] }],
  ...honest.hidden.flatMap(({ bit, hash }, i): [string, PrefixProof][] => [
    [`hidden ${i} changed`, { ...honest, hidden: honest.hidden.with(i, { bit, hash: changed(hash, 0) }) }],
    [`hidden ${i} at another bit`, { ...honest, hidden: honest.hidden.with(i, { bit: bit + 1, hash }) }],
    [`hidden ${i} left out`, { ...honest, hidden: honest.hidden.toSpliced(i, 1) }],
    [`hidden ${i} too short`, { ...honest, hidden: honest.hidden.with(i, { bit, hash: hash.slice(1) }) }],
  ]),
  ['hidden exchanged', { ...honest, hidden: honest.hidden.toReversed() }],
  ['a leaf shorter than its key', { ...honest, leaves: honest.leaves.with(0, new Uint8Array(35)) }],
];

test.each(tampered)('%s: not this root', (_, proof) => {
  expect(hex(rootOfPrefix(honest))).toBe(hex(tree.root()));
  expect(hex(rootOfPrefix(proof))).not.toBe(hex(tree.root()));
});

test('a leaf has one place: it cannot be added twice, nor removed when it is not there', () => {
  expect(() => treeOf([1, 1])).toThrow('not there yet');
  expect(() => treeOf([1, 2]).remove(3)).toThrow('not there');
});

test('a golden root, for other implementations', () => {
  expect(hex(tree.root())).toMatchInlineSnapshot(
    `"f690213ddcc1e41b68510fe632b81211393d355e56f42956f345cba254615809"`,
  );
});
