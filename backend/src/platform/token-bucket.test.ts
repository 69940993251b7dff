import { expect, test } from '@jest/globals';
import { TokenBucket } from './token-bucket.ts';

const takeAll = (budget: TokenBucket, nowMs: number) => {
  let taken = 0;
  while (budget.take(nowMs)) taken += 1;
  return taken;
};

test('a burst is allowed once, then the steady rate, and nothing is saved above the burst', () => {
  const budget = new TokenBucket({ burst: 10, perSecond: 2 }, 0);
  expect(takeAll(budget, 0)).toBe(10);
  expect(takeAll(budget, 499)).toBe(0);
  expect(takeAll(budget, 3_000)).toBe(6);
  expect(takeAll(budget, 1_000_000)).toBe(10);
});

test('a clock that goes back gives nothing', () => {
  const budget = new TokenBucket({ burst: 1, perSecond: 1 }, 10_000);
  expect(takeAll(budget, 10_000)).toBe(1);
  expect(takeAll(budget, 5_000)).toBe(0);
  expect(takeAll(budget, 10_000)).toBe(0);
});
