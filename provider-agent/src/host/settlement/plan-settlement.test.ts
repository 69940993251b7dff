import { expect, test } from '@jest/globals';
import { JournalState } from '../journal/journal-state.ts';
import { type SampleReceipt, sampleReceipt } from '../testing/sample-receipt.ts';
import { planSettlement } from './plan-settlement.ts';

const limits = {
  settleAboveMicroUsd: 100n,
  settleAfterMs: 1_000,
  settleWhenUnlinkedAfterMs: 200,
  minSettlementMicroUsd: 2n,
};
const micro = (amount: number) => BigInt(amount) * 1_000_000n;

function plan(receipts: SampleReceipt[], nowMs: number, unlinkedSinceMs?: number) {
  const state = new JournalState();
  for (const receipt of receipts) state.apply(sampleReceipt({ capPicoUsd: micro(1_000), ...receipt }));
  return planSettlement(state.pairs.values(), limits, { nowMs, unlinkedSinceMs });
}

const owed = (order: string, amount: number, atMs = 0) => ({ order, cumulativePicoUsd: micro(amount), atMs });

test('as long as the gateway is in time, the node leaves settlement to it', () => {
  expect(plan([owed('01', 50)], 999)).toBeUndefined();
});

test('what the gateway has left for too long is settled, and nothing younger', () => {
  const due = plan([owed('01', 50), owed('02', 40, 500)], 1_000);
  expect(due?.reason).toBe('gateway-late');
  expect(due?.pairs.map(({ orderHash }) => orderHash.slice(0, 4))).toEqual(['0x01']);
});

test('more than the node wants to risk is settled at once, the richest first', () => {
  const due = plan([owed('01', 50), owed('02', 60)], 0);
  expect(due?.reason).toBe('above-limit');
  expect(due?.pairs.map(({ orderHash }) => orderHash.slice(0, 4))).toEqual(['0x02', '0x01']);
});

test('without a gateway the shorter limit holds, counted from the loss of the link', () => {
  expect(plan([owed('01', 50)], 399, 200)).toBeUndefined();
  expect(plan([owed('01', 50)], 400, 200)?.reason).toBe('gateway-gone');
});

test('what is not worth its gas waits for more', () => {
  expect(plan([owed('01', 1)], 10_000, 0)).toBeUndefined();
});
