import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holdSizes } from './hold-size.ts';
import type { OrderRecord } from './order-record.ts';

const enclave: Hex = `0x${'e'.repeat(40)}`;
type Pairs = OrderRecord['pairs'];
const record = (pairs: Pairs = {}, maxSpendMicroUsd = 1_000n, perEnclave = maxSpendMicroUsd) =>
  ({ order: { maxSpendMicroUsd, maxSpendPerEnclaveMicroUsd: perEnclave }, pairs }) as OrderRecord;
const pair = (earned: bigint, highest: bigint, inFlight: bigint[] = []) =>
  ({
    highestCap: { cumulativeCapPicoUsd: highest },
    newest: { receipt: { settlement: { cumulativePicoUsd: earned } } },
    inFlight: inFlight.map((capPicoUsd) => ({ capPicoUsd })),
  }) as Pairs[Hex];

test('with plenty of money a Hold has room for four jobs', () => {
  expect(holdSizes(record(), 1_000_000n, new Map())).toEqual([4_000_000n, 1_000_000n]);
});

test('a Hold takes at most an eighth of what is left, and never less than the job needs', () => {
  expect(holdSizes(record({}, 16n), 1_000_000n, new Map())[0]).toBe(2_000_000n);
  expect(holdSizes(record({}, 1n), 1_000_000n, new Map())).toEqual([1_000_000n]);
  expect(holdSizes(record({}, 1_000n, 16n), 1_000_000n, new Map())[0]).toBe(2_000_000n);
  expect(holdSizes(record({}, 32n), 1_000_000n, new Map([[enclave, 16_000_000n]]))[0]).toBe(2_000_000n);
});

test('jobs in flight and a cap signed before count, wherever the job may be matched', () => {
  const pairs = { [enclave]: pair(10n, 5_000_000n, [3_000_000n]) };
  expect(holdSizes(record(pairs), 1_000_000n, new Map())).toEqual([4_999_990n, 1_000_000n]);
});

test('sizes fall, the last is the job alone, and what is asked for beyond need leaves seven eighths', () => {
  const amount = fc.bigInt(0n, 10n ** 12n);
  fc.assert(
    fc.property(amount, amount, fc.bigInt(1n, 10n ** 9n), (cap, earned, maxSpend) => {
      const pairs = { [enclave]: pair(earned, earned) };
      const sizes = holdSizes(record(pairs, maxSpend), cap, new Map());
      expect(sizes).toEqual([...sizes].sort((a, b) => (a > b ? -1 : 1)));
      expect(sizes.at(-1)).toBe(cap);
      const rest = maxSpend * 1_000_000n - earned;
      expect(sizes[0] === cap || (sizes[0] as bigint) <= rest / 8n).toBe(true);
    }),
  );
});
