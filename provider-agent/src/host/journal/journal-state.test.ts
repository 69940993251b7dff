import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { account, hash, sampleReceipt } from '../testing/sample-receipt.ts';
import { type JournalRecord, journalRecord } from './journal-record.ts';
import { JournalState, pairId, unpaidMicroUsd } from './journal-state.ts';

function stateOf(records: readonly JournalRecord[]): JournalState {
  const state = new JournalState();
  for (const record of records) state.apply(record);
  return state;
}

const id = pairId(hash('01'), account('0e'));
const unpaid = (state: JournalState) => {
  const pair = state.pairs.get(id);
  return pair ? unpaidMicroUsd(pair) : 0n;
};

test('the newest receipt carries the whole total, in whatever order receipts were journaled', () => {
  const first = sampleReceipt({ sequence: 1, cumulativePicoUsd: 2_000_000n });
  const second = sampleReceipt({ sequence: 2, cumulativePicoUsd: 7_999_999n });
  expect(unpaid(stateOf([first, second]))).toBe(7n);
  expect(unpaid(stateOf([second, first]))).toBe(7n);
});

test('no more counts as owed than the buyer has authorised, and the highest cap counts', () => {
  const capped = sampleReceipt({ cumulativePicoUsd: 9_000_000n, capPicoUsd: 4_000_000n });
  expect(unpaid(stateOf([capped]))).toBe(4n);
  const raised = sampleReceipt({ sequence: 2, cumulativePicoUsd: 9_000_000n, capPicoUsd: 8_000_000n });
  const lower = sampleReceipt({ sequence: 3, cumulativePicoUsd: 9_000_000n, capPicoUsd: 1_000_000n });
  expect(unpaid(stateOf([capped, raised, lower]))).toBe(8n);
});

test('what the chain has paid is not owed, and an older reading takes nothing back', () => {
  const paid = (paidMicroUsd: bigint): JournalRecord => ({
    kind: 'paid',
    orderHash: hash('01'),
    enclaveKey: account('0e'),
    paidMicroUsd,
  });
  expect(unpaid(stateOf([sampleReceipt(), paid(5n), paid(3n)]))).toBe(0n);
});

test('what was written off is not owed; a newer receipt is a new claim', () => {
  const pair = { orderHash: hash('01'), enclaveKey: account('0e') };
  const lost: JournalRecord = { kind: 'written-off', ...pair, lostMicroUsd: 5n };
  expect(stateOf([sampleReceipt(), lost]).pairs.size).toBe(0);
  expect(unpaid(stateOf([sampleReceipt(), lost, sampleReceipt({ sequence: 2 })]))).toBe(5n);
});

test('a receipt of an unknown lease is settled but not delivered', () => {
  const state = stateOf([sampleReceipt({ hasLeaf: false })]);
  expect(state.undelivered.size).toBe(0);
  expect(unpaid(state)).toBe(5n);
});

const events = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('receipt' as const),
      pair: fc.nat(2),
      earned: fc.integer({ min: 0, max: 9_000_000 }),
      cap: fc.integer({ min: 1, max: 60_000_000 }),
    }),
    fc.record({ do: fc.constant('delivered' as const), which: fc.nat(30) }),
    fc.record({ do: fc.constant('paid' as const), pair: fc.nat(2), micro: fc.nat(40) }),
  ),
  { maxLength: 30 },
);

/** A history as a node could live through: totals grow, nobody delivers what was not made. */
function historyOf(steps: ReturnType<typeof events.generate>['value']): JournalRecord[] {
  const records: JournalRecord[] = [];
  const made: `0x${string}`[] = [];
  const totals = new Map<number, { sequence: number; pico: bigint }>();
  for (const [atMs, step] of steps.entries()) {
    const orderHash = hash(`0${'pair' in step ? step.pair + 1 : 1}`);
    const enclaveKey = account('0e');
    if (step.do === 'receipt') {
      const total = totals.get(step.pair) ?? { sequence: 0, pico: 0n };
      const next = { sequence: total.sequence + 1, pico: total.pico + BigInt(step.earned) };
      totals.set(step.pair, next);
      const record = sampleReceipt({
        order: `0${step.pair + 1}`,
        sequence: next.sequence,
        cumulativePicoUsd: next.pico,
        capPicoUsd: BigInt(step.cap),
        atMs,
      });
      records.push(record);
      made.push(record.receiptHash);
    } else if (step.do === 'delivered') {
      const receiptHash = made[step.which % Math.max(1, made.length)];
      if (receiptHash) records.push({ kind: 'delivered', receiptHash });
    } else {
      records.push({ kind: 'paid', orderHash, enclaveKey, paidMicroUsd: BigInt(step.micro) });
    }
  }
  return records;
}

test('a compacted journal owes, delivers and caps exactly what the whole one did', () => {
  fc.assert(
    fc.property(events, (steps) => {
      const whole = stateOf(historyOf(steps));
      const onDisk = whole.liveRecords().map((record) => z.encode(journalRecord, record));
      const compacted = stateOf(onDisk.map((json) => z.decode(journalRecord, json)));
      expect([...compacted.undelivered.keys()].sort()).toEqual([...whole.undelivered.keys()].sort());
      for (const [pair, before] of whole.pairs) {
        const after = compacted.pairs.get(pair);
        expect(after ? unpaidMicroUsd(after) : 0n).toBe(unpaidMicroUsd(before));
        if (!after) continue;
        expect(after.newest.receiptHash).toBe(before.newest.receiptHash);
        expect(after.highestCap).toEqual(before.highestCap);
      }
    }),
  );
});
