import { expect, test } from '@jest/globals';
import { isReceiptOf, LEASE_MEMORY_MS, type SoldLease, strayField } from './sold-lease.ts';

const idOf = (byte: string) => `0x${byte.repeat(32)}` as const;
const sold: SoldLease = {
  nodeKey: idOf('01'),
  provider: `0x${'02'.repeat(20)}`,
  poolId: idOf('03'),
  effectiveAsk: 900_000,
  clearingIndex: 10,
  soldAtMs: 1_000,
};
const { clearingIndex: _, soldAtMs: __, ...terms } = sold;
const leaf = {
  v: 1 as const,
  receiptHash: idOf('04'),
  leaseId: idOf('05'),
  ...terms,
  outcome: 1,
  billedTokens: 100,
};
const placed = { index: 11, atMs: 2_000, leaf };

test('a receipt counts behind the auction that sold its lease, on the terms that it sold', () => {
  expect(isReceiptOf(sold, placed)).toBe(true);
  expect(strayField(leaf, sold)).toBeUndefined();
});

test('a receipt of a lease that no auction sold, or only a later one, counts for nothing', () => {
  expect(isReceiptOf(undefined, placed)).toBe(false);
  expect(isReceiptOf(sold, { ...placed, index: sold.clearingIndex })).toBe(false);
});

test.each([
  { nodeKey: idOf('77') },
  { provider: `0x${'77'.repeat(20)}` as const },
  { poolId: idOf('77') },
  { effectiveAsk: 900_001 },
])('a receipt that states other terms counts for nothing, and the field is named: %p', (other) => {
  expect(isReceiptOf(sold, { ...placed, leaf: { ...leaf, ...other } })).toBe(false);
  expect(strayField({ ...leaf, ...other }, sold)).toBe(Object.keys(other)[0]);
});

test('a lease is remembered until its last receipt may be late', () => {
  const lastMs = sold.soldAtMs + LEASE_MEMORY_MS;
  expect(isReceiptOf(sold, { ...placed, atMs: lastMs - 1 })).toBe(true);
  expect(isReceiptOf(sold, { ...placed, atMs: lastMs })).toBe(false);
});
