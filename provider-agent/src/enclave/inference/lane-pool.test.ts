import { expect, test } from '@jest/globals';
import { type Lane, LanePool } from './lane-pool.ts';

const lane = (...evaluatedTokens: number[]): Lane & { evaluatedTokens: number[] } => ({ evaluatedTokens });

test('an empty lane is taken before one that holds something of another tenant', () => {
  const [used, empty] = [lane(), lane()];
  const pool = new LanePool([used, empty]);
  expect(pool.take('a', [1, 2]).lane).toBe(used);
  pool.claim(used, 'a');
  used.evaluatedTokens.push(1, 2, 3);
  pool.giveBack(used);
  expect(pool.take('b', [1, 2])).toEqual({ lane: empty, cachedTokens: 0 });
  expect(pool.take('b', [1, 2])).toEqual({ lane: used, cachedTokens: 0 });
});

test('of several lanes of a tenant, the one with the longest common beginning serves, and one token is left to evaluate', () => {
  const lanes = [lane(), lane(), lane()];
  const pool = new LanePool(lanes);
  for (const held of lanes) {
    pool.take('a', [9]);
    pool.claim(held, 'a');
  }
  lanes[0]?.evaluatedTokens.push(1, 7);
  lanes[1]?.evaluatedTokens.push(1, 2, 3, 4);
  lanes[2]?.evaluatedTokens.push(1, 2);
  for (const held of lanes) pool.giveBack(held);
  expect(pool.take('a', [1, 2, 3])).toEqual({ lane: lanes[1], cachedTokens: 2 });
});

test('without anything to reuse, the lane that rested longest is taken', () => {
  const [first, second] = [lane(), lane()];
  const pool = new LanePool([first, second]);
  pool.take('a', [1]);
  pool.take('b', [1]);
  pool.claim(first, 'a');
  pool.claim(second, 'b');
  pool.giveBack(second);
  pool.giveBack(first);
  expect(pool.take('c', [5]).lane).toBe(second);
});

test('a lane that nobody took cannot be given back', () => {
  const only = lane();
  const pool = new LanePool([only]);
  expect(() => pool.giveBack(only)).toThrow('expected one that is taken');
});

test('a lane that was taken and never used still holds what its last tenant left', () => {
  const only = lane();
  const pool = new LanePool([only]);
  pool.take('a', [1]);
  pool.claim(only, 'a');
  only.evaluatedTokens.push(1, 2, 3);
  pool.giveBack(only);
  for (let i = 0; i < 2; i++) {
    expect(pool.take('b', [1, 2, 3])).toMatchObject({ cachedTokens: 0 });
    pool.giveBack(only);
  }
  expect(pool.take('a', [1, 2, 3, 4])).toMatchObject({ cachedTokens: 3 });
});
