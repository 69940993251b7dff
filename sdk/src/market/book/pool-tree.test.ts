import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isInRegions } from '../eligible.ts';
import { joinedDigest, leafDigest, mayHold, type Sought } from './pool-digest.ts';
import { leafBytes, parseLeaf } from './pool-leaf.ts';
import { PoolTree } from './pool-tree.ts';
import { BRANCH, HIDDEN, LEAF, openPrefix } from './prefix-proof.ts';

const REGIONS = ['DE', 'DE-BY', 'FR', 'NL', 'JP'];
const CONTEXTS = [512, 4_096, 8_192, 100_000];

/** Leaf `n`: few effective asks, so that they tie often; the rest of the key is a hash, as an ask's id is. */
function madeOf(leaf: number): Uint8Array {
  return leafBytes({
    effectiveAsk: (leaf % 3) * 256 + ((leaf * 37) % 11),
    askId: createHash('sha256').update(`ask ${leaf}`).digest(),
    multiplierPpm: leaf,
    qualityPpm: 886_000,
    provider: new Uint8Array(20).fill(leaf),
    region: REGIONS[(leaf * 7) % 5] as string,
    maxContextTokens: CONTEXTS[(leaf * 11) % 4] as number,
    timestampMs: leaf,
    fromMs: 0,
    untilMs: Number.POSITIVE_INFINITY,
  });
}
const made = Array.from({ length: 501 }, (_, leaf) => madeOf(leaf));
const bytesOf = (leaf: number) => made[leaf] as Uint8Array;
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
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const inOrder = (leaves: readonly number[]) => [...leaves].sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)));

const leavesArbitrary = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 60 });
const soughtArbitrary = fc.record({
  upTo: fc.nat(2 ** 10),
  regions: fc.subarray(REGIONS),
  contextTokens: fc.constantFrom(1, 4_096, 5_000, 20_000, 100_001),
});
const isSought = (leaf: number, { upTo, regions, contextTokens }: Sought) => {
  const { effectiveAsk, region, maxContextTokens } = parseLeaf(bytesOf(leaf));
  return effectiveAsk <= upTo && isInRegions(region, regions) && maxContextTokens >= contextTokens;
};

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

test('a proof shows every leaf that is sought, in merit order, and that the tree has no other', () => {
  fc.assert(
    fc.property(leavesArbitrary, soughtArbitrary, (leaves, sought) => {
      const tree = treeOf(leaves);
      const opened = openPrefix(tree.prove(NOW, sought));
      expect(hex(opened?.root)).toBe(hex(tree.root(NOW)));
      expect(opened?.hidden.some(mayHold(sought))).toBe(false);
      const shown = opened?.leaves.map(hex) ?? [];
      expect(shown).toEqual(
        inOrder(leaves)
          .map((leaf) => hex(bytesOf(leaf)))
          .filter((leaf) => shown.includes(leaf)),
      );
      for (const leaf of leaves.filter((one) => isSought(one, sought)))
        expect(shown).toContain(hex(bytesOf(leaf)));
    }),
    { numRuns: 300 },
  );
});

test('no digest denies a leaf that lies below it', () => {
  fc.assert(
    fc.property(leavesArbitrary, soughtArbitrary, (leaves, sought) => {
      const digest = inOrder(leaves)
        .map((leaf) => leafDigest(bytesOf(leaf)))
        .reduce(joinedDigest);
      if (leaves.some((leaf) => isSought(leaf, sought))) expect(mayHold(sought)(digest)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('an empty pool is proved by nothing, and nothing proves no other', () => {
  const everything = { upTo: 10_000, regions: [], contextTokens: 0 };
  const proof = new PoolTree(source).prove(NOW, everything);
  expect(proof).toEqual(new Uint8Array());
  expect(hex(openPrefix(proof)?.root)).toBe('00'.repeat(32));
});

const leaves = Array.from({ length: 50 }, (_, n) => n);
const tree = treeOf(leaves);
const honest = tree.prove(NOW, { upTo: 300, regions: ['DE', 'FR'], contextTokens: 4_096 });
/** Kind byte and content, in the order of the proof. */
const tokens = tokensOf(honest);
const changed = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] as number) ^ 1);
const exchanged = (i: number) =>
  tokens.with(i, tokens[i + 1] as Uint8Array).with(i + 1, tokens[i] as Uint8Array);

const tampered: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ...tokens.flatMap((token, i): [string, Uint8Array[]][] => [
    [`part ${i} of another kind`, tokens.with(i, token.with(0, ((token[0] as number) + 1) % 3))],
    [`part ${i} of no kind`, tokens.with(i, token.with(0, 3))],
    [`part ${i} left out`, tokens.toSpliced(i, 1)],
    [`part ${i} shown twice`, tokens.toSpliced(i, 0, token)],
    [`part ${i} too short`, tokens.with(i, token.subarray(0, -1))],
    ...(i + 1 < tokens.length && Buffer.compare(token, tokens[i + 1] as Uint8Array) !== 0
      ? [[`parts ${i} and ${i + 1} exchanged`, exchanged(i)] as [string, Uint8Array[]]]
      : []),
  ]),
  ...tokens.flatMap((token, i): [string, Uint8Array[]][] =>
    [1, 5, 12, 20, 30, token.length - 1]
      .filter((at) => at < token.length && at > 0)
      .map((at) => [`byte ${at} of part ${i} changed`, tokens.with(i, changed(token, at))]),
  ),
  ['a foreign leaf added', [...tokens, Uint8Array.of(LEAF, ...bytesOf(499))]],
  ['nothing but its root', [Uint8Array.of(HIDDEN, ...new Uint8Array(20), ...tree.root(NOW))]],
  ['branches without end', [new Uint8Array(1_000).fill(BRANCH)]],
];

test('whatever is changed in a proof, it is not of this root any more', () => {
  const root = hex(tree.root(NOW));
  expect(hex(openPrefix(honest)?.root)).toBe(root);
  const passed = tampered.filter(([, parts]) => hex(openPrefix(Buffer.concat(parts))?.root) === root);
  expect(passed.map(([says]) => says)).toEqual([]);
});

test('leaves that do not stand in merit order are no tree', () => {
  const [best, next] = inOrder(leaves).map((leaf) => Uint8Array.of(LEAF, ...bytesOf(leaf)));
  if (best === undefined || next === undefined) throw new RangeError('expected leaves');
  const branch = Uint8Array.of(BRANCH);
  expect(openPrefix(Buffer.concat([branch, best, next]))).toBeDefined();
  expect(openPrefix(Buffer.concat([branch, next, best]))).toBeUndefined();
  expect(openPrefix(Buffer.concat([branch, best, best]))).toBeUndefined();
  const worst = Uint8Array.of(HIDDEN, ...leafDigest(bytesOf(inOrder(leaves).at(-1) as number)));
  expect(openPrefix(Buffer.concat([branch, worst, best]))).toBeUndefined();
});

test('a leaf has one place: it cannot be added twice, nor removed when it is not there', () => {
  expect(() => treeOf([1, 1])).toThrow('not there yet');
  expect(() => treeOf([1, 2]).remove(3, 9)).toThrow('not there');
});

test('a golden root and proof, for other implementations', () => {
  expect([
    hex(tree.root(NOW)),
    honest.length,
    createHash('sha256').update(honest).digest('hex'),
  ]).toMatchInlineSnapshot(`
   [
     "7193014d5fad6f858d692044fba4d7946896ac80f54231eb175300394126e22e",
     2204,
     "bedfdcfd29df6fafe0efc5b8a8917557ca7623d1e4a873689a09883b13f3abd1",
   ]
  `);
});

function tokensOf(proof: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let rest = proof; rest.length > 0; rest = rest.subarray(found.at(-1)?.length))
    found.push(rest.subarray(0, 1 + ([52, 91, 0][rest[0] as number] as number)));
  return found;
}
