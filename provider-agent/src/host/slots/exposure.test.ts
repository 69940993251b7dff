import { expect, test } from '@jest/globals';
import { JournalState } from '../journal/journal-state.ts';
import { account, hash, sampleReceipt } from '../testing/sample-receipt.ts';
import { exposurePicoUsd } from './exposure.ts';

const hold = (heldCumulativePicoUsd: bigint, order = '01') => ({
  v: 1 as const,
  orderHash: hash(order),
  enclaveKey: account('0e'),
  heldCumulativePicoUsd,
  holdSequence: 1,
  expiresAtMs: 1,
});

function pairsWith(paidMicroUsd: bigint) {
  const state = new JournalState();
  state.apply(sampleReceipt({ cumulativePicoUsd: 5_000_000n }));
  state.apply({ kind: 'paid', orderHash: hash('01'), enclaveKey: account('0e'), paidMicroUsd });
  return state.pairs;
}

test('what is earned and not paid is at risk, and so is what a Hold still allows to be earned', () => {
  expect(exposurePicoUsd(pairsWith(0n), [])).toBe(5_000_000n);
  expect(exposurePicoUsd(pairsWith(0n), [hold(9_000_000n)])).toBe(9_000_000n);
  expect(exposurePicoUsd(pairsWith(5n), [hold(9_000_000n)])).toBe(4_000_000n);
  expect(exposurePicoUsd(pairsWith(5n), [])).toBe(0n);
});

test('orders add up', () => {
  expect(exposurePicoUsd(pairsWith(0n), [hold(1_000_000n, '02')])).toBe(6_000_000n);
});
