import { expect, test } from '@jest/globals';
import type { SignedReceipt } from '../protocol/index.ts';
import { HedgeBudget } from './hedge-budget.ts';

const rules = (shareOfJobsPpm: number) => ({
  hedge: { afterMs: 10, atMost: 1, shareOfJobsPpm },
  direct: 'never' as const,
});
const receiptOf = (jobHeaderHash: string, amountPicoUsd: bigint) =>
  ({ receipt: { execution: { jobHeaderHash, amountPicoUsd } } }) as unknown as SignedReceipt;

test('the first slow job gets a second enclave, after that a share of all jobs does', () => {
  const budget = new HedgeBudget();
  const taken: boolean[] = [];
  for (let job = 0; job < 9; job += 1) {
    budget.noteJob(rules(250_000));
    taken.push(budget.take());
  }
  expect(taken).toEqual([true, false, false, true, false, false, false, true, false]);
  expect(budget.figures.started).toBe(3);
});

test('a share of nothing leaves the first one alone, and never gives another', () => {
  const budget = new HedgeBudget();
  for (let job = 0; job < 100; job += 1) budget.noteJob(rules(0));
  expect([budget.take(), budget.take()]).toEqual([true, false]);
});

test('quiet times save up for ten in a row, no more', () => {
  const budget = new HedgeBudget();
  for (let job = 0; job < 1_000; job += 1) budget.noteJob(rules(1_000_000));
  const taken = Array.from({ length: 12 }, () => budget.take());
  expect(taken.filter(Boolean)).toHaveLength(10);
});

test('where nobody else was to be had, nothing is spent', () => {
  const budget = new HedgeBudget();
  expect(budget.take()).toBe(true);
  budget.giveBack();
  expect(budget.figures.started).toBe(0);
  expect(budget.take()).toBe(true);
});

test('a job called off costs what its newest receipt says, each pUSD once', () => {
  const budget = new HedgeBudget();
  budget.noteCalledOff('0x01');
  budget.noteReceipt(receiptOf('0x02', 500n));
  budget.noteReceipt(receiptOf('0x01', 70n));
  budget.noteReceipt(receiptOf('0x01', 70n));
  budget.noteReceipt(receiptOf('0x01', 90n));
  budget.noteReceipt(receiptOf('0x01', 80n));
  expect(budget.figures.costPicoUsd).toBe(90n);
});
