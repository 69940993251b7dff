import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PoolTree } from './pool-tree.ts';
import { effectiveAskIn } from './pool-tree-hash.ts';
import { openPrefix, type PrefixProof } from './prefix-proof.ts';

/** Leaf `n`: few effective asks, so that they tie often; the rest of the key is a hash, as an ask's id is. */
function bytesOf(leaf: number): Uint8Array {
  const id = createHash('sha256').update(`ask ${leaf}`).digest();
  return Uint8Array.of(0, 0, leaf % 3, (leaf * 37) % 11, ...id, leaf & 255, 7);
}
const keyOf = (leaf: number) => bytesOf(leaf).subarray(0, 36);
const source = { keyOf, bytesOf };

const NOW = 1_000_000;
/** One log entry per leaf. */
const treeOf = (leaves: readonly number[]) => {
  const tree = new PoolTree(source);
  for (const [index, leaf] of leaves.entries()) tree.add(leaf, index);
  return tree;
};
const rootOf = (leaves: readonly number[]) => hex(treeOf(leaves).root(NOW));
const rootOfPrefix = (proof: PrefixProof) => openPrefix(proof)?.root;
const askOf = (leaf: number) => effectiveAskIn(bytesOf(leaf));
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const inOrder = (leaves: readonly number[]) => [...leaves].sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)));

const leavesArbitrary = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 60 });

test('the root depends on the leaves alone, however they came and went, and asked for in between or not', () => {
  fc.assert(
    fc.property(leavesArbitrary, fc.uniqueArray(fc.nat(500), { maxLength: 40 }), (kept, passing) => {
      const others = passing.filter((leaf) => !kept.includes(leaf));
      const tree = treeOf([...others, ...kept]);
      for (const leaf of others) {
        tree.remove(leaf, 1_000 + leaf);
        if (leaf % 2 === 0) tree.root(NOW);
      }
      expect(hex(tree.root(NOW))).toBe(rootOf(kept.toReversed()));
      for (const leaf of kept) tree.remove(leaf, 2_000);
      expect(hex(tree.root(NOW))).toBe('00'.repeat(32));
    }),
    { numRuns: 300 },
  );
});

test('every recent size shows the tree as it was, and what nobody may ask for any more costs no room', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 60 }), fc.nat(12), (touched, depth) => {
      const tree = new PoolTree(source);
      const held: number[][] = [[]];
      for (const [index, leaf] of touched.entries()) {
        const before = held[index] as number[];
        if (before.includes(leaf)) tree.remove(leaf, index);
        else tree.add(leaf, index);
        held.push(before.includes(leaf) ? before.filter((other) => other !== leaf) : [...before, leaf]);
        tree.forgetBelow(Math.max(0, index - depth));
      }
      for (let size = Math.max(0, touched.length - 1 - depth); size <= touched.length; size += 1)
        expect(hex(tree.root(size))).toBe(rootOf(held[size] as number[]));
    }),
    { numRuns: 300 },
  );
});

test('a prefix shows the best leaves in order, none left out, and proves them against the root', () => {
  fc.assert(
    fc.property(leavesArbitrary, fc.nat(2 ** 10), (leaves, upTo) => {
      const tree = treeOf(leaves);
      const proof = tree.prove(NOW, upTo);
      const order = inOrder(leaves);
      expect(proof.leaves.map(hex)).toEqual(
        order.slice(0, proof.leaves.length).map((leaf) => hex(bytesOf(leaf))),
      );
      const opened = openPrefix(proof);
      expect(hex(opened?.root)).toBe(hex(tree.root(NOW)));
      expect(opened?.beyond).toBeGreaterThan(upTo);
      const hidden = order.slice(proof.leaves.length);
      for (const leaf of hidden) expect(askOf(leaf)).toBeGreaterThanOrEqual(opened?.beyond ?? 0);
    }),
    { numRuns: 300 },
  );
});

test('an empty pool is proved by nothing, and nothing proves no other', () => {
  expect(hex(rootOfPrefix(new PoolTree(source).prove(NOW, 1)))).toBe('00'.repeat(32));
  const { hidden } = treeOf([1, 2]).prove(NOW, 0);
  expect(openPrefix({ leaves: [], hidden })).toBeUndefined();
});

const leaves = Array.from({ length: 50 }, (_, n) => n);
const tree = treeOf(leaves);
const honest = tree.prove(NOW, askOf(inOrder(leaves)[9] as number));
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
  expect(hex(rootOfPrefix(honest))).toBe(hex(tree.root(NOW)));
  expect(hex(rootOfPrefix(proof))).not.toBe(hex(tree.root(NOW)));
});

test('a leaf has one place: it cannot be added twice, nor removed when it is not there', () => {
  expect(() => treeOf([1, 1])).toThrow('not there yet');
  expect(() => treeOf([1, 2]).remove(3, 9)).toThrow('not there');
});

test('a golden root, for other implementations', () => {
  expect(hex(tree.root(NOW))).toMatchInlineSnapshot(
    `"f690213ddcc1e41b68510fe632b81211393d355e56f42956f345cba254615809"`,
  );
});
