import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ejectionsOf, type NodePeriod } from './ejection.ts';
import { account, hash } from './sample-market.ts';

const pool = hash(0x9001);
const node = (n: number, period: Partial<NodePeriod> = {}): NodePeriod => ({
  nodeKey: hash(n),
  provider: account(n),
  done: 0,
  unreceipted: 0,
  aborted: 0,
  pools: [pool],
  earlier: 0,
  ...period,
});
const four = [1, 2, 3, 4].map((n) => ({ nodeKey: hash(n), provider: account(n) }));
const eject = (nodes: NodePeriod[], members = four) => ejectionsOf(nodes, () => members, 1_000);

test.each([
  ['two lost jobs are bad luck', { unreceipted: 2 }, undefined],
  ['three of six are too many', { done: 3, unreceipted: 3 }, 'no_receipt'],
  ['three of seven are not', { done: 4, unreceipted: 3 }, undefined],
  ['slots taken back count too', { unreceipted: 1, aborted: 2 }, 'aborted'],
] as const)('%s', (_, period, reason) => {
  expect(eject([node(1, period)]).map((ejection) => ejection.reason)).toEqual(reason ? [reason] : []);
});

test('says on what it rests, and doubles with each ejection of the last day', () => {
  const period = { done: 1, unreceipted: 3, aborted: 1 };
  expect(eject([node(1, period)])).toEqual([
    { v: 1, nodeKey: hash(1), reason: 'no_receipt', missed: 4, trials: 5, untilMs: 601_000 },
  ]);
  expect(eject([node(1, { ...period, earlier: 3 })])[0]?.untilMs).toBe(1_000 + 8 * 600_000);
  expect(eject([node(1, { ...period, earlier: 60 })])[0]?.untilMs).toBe(1_000 + 24 * 3_600_000);
});

test('the worst goes first, and three owners stay', () => {
  const bad = [1, 2, 3, 4].map((n) => node(n, { unreceipted: 2 + n }));
  expect(eject(bad).map(({ nodeKey }) => nodeKey)).toEqual([hash(4)]);
  expect(eject(bad.slice(0, 3), four.slice(0, 3))).toEqual([]);
});

test('a second node of one owner is not a second owner', () => {
  const members = [...four.slice(0, 3), { nodeKey: hash(4), provider: account(3) }];
  expect(eject([node(1, { unreceipted: 9 })], members)).toEqual([]);
  expect(eject([node(4, { provider: account(3), unreceipted: 9 })], members)).toHaveLength(1);
});

test('whatever nodes did, every pool keeps three of the owners it had, in any order of the nodes', () => {
  const count = fc.integer({ min: 0, max: 6 });
  const places = fc.subarray([hash(0x91), hash(0x92)], { minLength: 1 });
  const arbitrary = fc.array(
    fc.record({
      done: count,
      unreceipted: count,
      aborted: count,
      pools: places,
      owner: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(arbitrary, (periods) => {
      const nodes = periods.map(({ owner, ...period }, n) =>
        node(n, { ...period, provider: account(owner) }),
      );
      const membersOf = (poolId: string) => nodes.filter(({ pools }) => pools.includes(poolId as never));
      const ejected = new Set(ejectionsOf(nodes, membersOf, 0).map(({ nodeKey }) => nodeKey));
      for (const poolId of [hash(0x91), hash(0x92)]) {
        const owners = (left: NodePeriod[]) => new Set(left.map(({ provider }) => provider)).size;
        const before = owners(membersOf(poolId));
        const after = owners(membersOf(poolId).filter(({ nodeKey }) => !ejected.has(nodeKey)));
        expect(after).toBeGreaterThanOrEqual(Math.min(3, before));
      }
      expect(new Set(ejectionsOf(nodes.toReversed(), membersOf, 0).map(({ nodeKey }) => nodeKey))).toEqual(
        ejected,
      );
    }),
  );
});
