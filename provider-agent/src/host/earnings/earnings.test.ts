import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { EarningsBook } from './earnings-book.ts';
import { type EarningsEntry, type JobEntry, jobEntryOf } from './earnings-entry.ts';

const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
const newBook = () => new EarningsBook(dayOf);
const pair = {
  orderHash: jobEntryOf(sampleReceipt()).orderHash,
  enclaveKey: jobEntryOf(sampleReceipt()).enclaveKey,
};

/** A job of a pair; each has an id of its own unless a test says otherwise. */
function job(sequence: number, cumulativePicoUsd: bigint, more: Partial<JobEntry> = {}): JobEntry {
  const entry = jobEntryOf(sampleReceipt({ sequence, cumulativePicoUsd }));
  const jobId: JobEntry['jobId'] = `0x${sequence.toString(16).padStart(64, '0')}`;
  return { ...entry, jobId, outcome: 1, amountPicoUsd: 1_000_000n, ...more };
}

test('pending, paid and lost are what was earned, whatever comes in whatever order', () => {
  const entry: fc.Arbitrary<EarningsEntry> = fc.oneof(
    fc
      .record({ sequence: fc.integer({ min: 1, max: 30 }), order: fc.constantFrom('01', '02') })
      .map(({ sequence, order }) => {
        const receipt = sampleReceipt({ sequence, order, cumulativePicoUsd: BigInt(sequence) * 1_234_567n });
        return { ...jobEntryOf(receipt), jobId: receipt.receiptHash };
      }),
    fc
      .record({ micro: fc.bigInt({ min: 0n, max: 60n }), order: fc.constantFrom('01', '02') })
      .map(({ micro, order }) => ({
        kind: 'paid' as const,
        atMs: 0,
        orderHash: sampleReceipt({ order }).receipt.receipt.settlement.orderHash,
        enclaveKey: pair.enclaveKey,
        paidMicroUsd: micro,
      })),
    fc.constant({ kind: 'lost' as const, atMs: 0, ...pair }),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const book = newBook();
      for (const one of entries) book.apply(one);
      const { earnedPicoUsd, pendingPicoUsd, paidPicoUsd, lostPicoUsd } = book.totals();
      expect(pendingPicoUsd + paidPicoUsd + lostPicoUsd).toBe(earnedPicoUsd);
      for (const part of [pendingPicoUsd, paidPicoUsd, lostPicoUsd]) expect(part >= 0n).toBe(true);
      for (const one of entries) if (one.kind === 'job') book.apply(one);
      expect(book.totals().earnedPicoUsd).toBe(earnedPicoUsd); // telling it twice earns nothing
    }),
    { seed: 7 },
  );
});

test('an interim receipt counts until the next one of its job replaces it', () => {
  const book = newBook();
  book.apply(job(1, 1_000_000n, { outcome: 0, outputTokens: 10 }));
  expect(book.day(0)).toMatchObject({ jobs: 1, outputTokens: 10, picoUsd: 1_000_000n });
  book.apply(job(2, 3_000_000n, { jobId: job(1, 0n).jobId, amountPicoUsd: 3_000_000n, outputTokens: 30 }));
  expect(book.day(0)).toMatchObject({ jobs: 1, outputTokens: 30, picoUsd: 3_000_000n });
  expect(book.newestJobs(10)).toHaveLength(1);
});

test('of overlapping jobs of one order each has its line, also when an older receipt comes later', () => {
  const book = newBook();
  book.apply(job(6, 6_000_000n));
  book.apply(job(5, 5_000_000n));
  expect(book.newestJobs(10)).toHaveLength(2);
  expect(book.totals().earnedPicoUsd).toBe(6_000_000n);
  expect(book.isNew(job(5, 5_000_000n))).toBe(false);
  expect(book.isNew(job(6, 6_000_000n))).toBe(false);
});

test('a newer receipt of a pair that was written off is a claim again', () => {
  const book = newBook();
  book.apply(job(1, 5_000_000n));
  book.apply({ kind: 'lost', atMs: 0, ...pair });
  expect(book.totals()).toMatchObject({ lostPicoUsd: 5_000_000n, pendingPicoUsd: 0n });
  book.apply(job(2, 7_000_000n));
  expect(book.totals()).toMatchObject({ lostPicoUsd: 0n, pendingPicoUsd: 7_000_000n });
});
