import {
  amountPicoUsd,
  type Hex,
  hashNotRun,
  isEarlierReceiptIncluded,
  isSignedBy,
  proveEarlierReceipt,
  receiptFaults,
  receiptsRoot,
} from '@hearth/attestation/receipt';
import { marketDomain } from '@hearth/contracts/typed-data';
import { expect, test } from '@jest/globals';
import { createEnclaveKey } from '../keys/enclave-key.ts';
import type { IssuedReceipt } from './order-account.ts';
import { type JobExecution, ReceiptBook } from './receipt-book.ts';
import { ReceiptSchedule } from './receipt-schedule.ts';

const hash = (byte: number): Hex => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
const domain = marketDomain(31337, `0x${'11'.repeat(20)}`);
const provider: Hex = `0x${'33'.repeat(20)}`;
const ORDER = hash(0xaa);
const prices = { priceInput: 2n, priceCachedInput: 1n, priceOutput: 5n };

function newBook() {
  const enclaveKey = createEnclaveKey();
  return { enclaveKey, book: new ReceiptBook(domain, enclaveKey, provider) };
}

/** An execution of job `job` with 10 input tokens and so many output tokens: 20 + 5 × outputTokens pUSD. */
function execution(job: number, outputTokens: number, outcome = 1): JobExecution {
  const tokens = { inputTokens: 10, cachedInputTokens: 0, outputTokens };
  return {
    jobId: hash(job),
    leaseId: hash(1),
    jobHeaderHash: hash(0x80 + job),
    policyHash: hash(2),
    tier: 0,
    teeType: 2,
    measurementHash: hash(3),
    evidenceHash: hash(4),
    modelDigest: hash(5),
    paramsCommit: hash(6),
    promptCommit: hash(7),
    outputCommit: hash(8),
    requestCiphertextHash: hash(9),
    responseCiphertextHash: hash(10),
    ...tokens,
    outcome,
    ...prices,
    amountPicoUsd: amountPicoUsd(prices, tokens),
    acceptedAtMs: 1n,
    firstTokenAtMs: 2n,
    finishedAtMs: 3n,
    energyMilliJoules: 0n,
    energyBasis: 0,
    regionCode: '0x4445000000000000',
    attempt: 0,
    previousJobId: hash(0),
  };
}

const open = (book: ReceiptBook, job: number, cap = 1000n) =>
  book.account(ORDER).openJob(hash(0x80 + job), cap);

test('two overlapping jobs finished in reverse order are both fully counted, and every receipt is sound', () => {
  const { book } = newBook();
  open(book, 1);
  open(book, 2);
  const issued: IssuedReceipt[] = [
    book.issue(ORDER, execution(1, 1, 0), false),
    book.issue(ORDER, execution(2, 2, 0), false),
    book.issue(ORDER, execution(1, 3, 0), false),
    book.issue(ORDER, execution(2, 10), true),
    book.issue(ORDER, execution(1, 20), true),
  ];
  const last = issued[4]?.receipt.settlement;
  expect(last).toMatchObject({ sequence: 5n, cumulativePicoUsd: 20n + 5n * 20n + 20n + 5n * 10n, provider });
  for (const { receipt, signature } of issued) expect(receiptFaults(domain, receipt, signature)).toEqual([]);
  expect(issued.map(({ receipt }) => receipt.execution.jobPriorPicoUsd)).toEqual([0n, 0n, 25n, 30n, 35n]);
});

test('the newest receipt proves every earlier one', () => {
  const { book } = newBook();
  const issued = [1, 2, 3, 4, 5].map((job) => {
    open(book, job);
    return book.issue(ORDER, execution(job, job), true);
  });
  const hashes = issued.map(({ receiptHash }) => receiptHash);
  const newest = issued[4]?.receipt;
  if (!newest) throw new Error('five receipts were issued');
  expect(newest.settlement.priorReceiptsRoot).toBe(receiptsRoot(hashes.slice(0, 4)));
  for (const sequence of [1, 2, 3, 4]) {
    const path = proveEarlierReceipt(hashes.slice(0, 4), sequence);
    expect(isEarlierReceiptIncluded(hashes[sequence - 1] as Hex, BigInt(sequence), newest, path)).toBe(true);
  }
});

test('receipts of all orders form one chain of the enclave', () => {
  const { book } = newBook();
  const orders = [hash(0xa1), hash(0xa2), hash(0xa1)];
  const issued = orders.map((order, i) => {
    book.account(order).openJob(hash(0x80 + i), 1000n);
    return book.issue(order, execution(i, 1), true);
  });
  expect(issued.map(({ receipt }) => receipt.execution.enclaveSequence)).toEqual([1n, 2n, 3n]);
  expect(issued.map(({ receipt }) => receipt.execution.previousReceiptHash)).toEqual([
    hash(0),
    issued[0]?.receiptHash,
    issued[1]?.receiptHash,
  ]);
  expect(issued.map(({ receipt }) => receipt.settlement.sequence)).toEqual([1n, 1n, 2n]);
});

test('a job never costs more than its cap, nor less than it was billed, and the account is then unchanged', () => {
  const { book } = newBook();
  open(book, 1, 100n);
  book.issue(ORDER, execution(1, 10, 0), false);
  expect(() => book.issue(ORDER, execution(1, 17), true)).toThrow('at most its cap of 100 pUSD, got 105');
  expect(() => book.issue(ORDER, execution(1, 9), true)).toThrow(
    'at least the 70 pUSD billed before, got 65',
  );
  const next = book.issue(ORDER, execution(1, 16), true);
  expect(next.receipt).toMatchObject({
    settlement: { sequence: 2n, cumulativePicoUsd: 100n },
    execution: { enclaveSequence: 2n },
  });
});

test('a closed or unknown job gets no receipt', () => {
  const { book } = newBook();
  open(book, 1);
  book.issue(ORDER, execution(1, 1), true);
  expect(() => book.issue(ORDER, execution(1, 1), true)).toThrow('is not open');
});

test('a job is covered only if it and all open ones can go to their caps', () => {
  const { book } = newBook();
  const account = book.account(ORDER);
  account.noteCap({
    cumulativeCapPicoUsd: 200n,
    jobHeaderHash: hash(1),
    sessionSignature: `0x${'00'.repeat(65)}`,
  });
  expect(account.canCover(200n)).toBe(true);
  expect(account.canCover(201n)).toBe(false);
  account.openJob(hash(0x81), 100n);
  expect(account.canCover(101n)).toBe(false);
  book.issue(ORDER, execution(1, 10, 0), false); // 70 of its 100 are in the total now
  expect(account.canCover(100n)).toBe(true);
  expect(account.canCover(101n)).toBe(false);
  book.issue(ORDER, execution(1, 10), true);
  expect(account.canCover(130n)).toBe(true);
  expect(account.canCover(131n)).toBe(false);
});

test('only a higher cap replaces the highest one', () => {
  const { book } = newBook();
  const account = book.account(ORDER);
  const cap = (cumulativeCapPicoUsd: bigint, by: number) =>
    account.noteCap({
      cumulativeCapPicoUsd,
      jobHeaderHash: hash(by),
      sessionSignature: `0x${'00'.repeat(65)}`,
    });
  cap(10n, 1);
  cap(30n, 2);
  cap(20n, 3);
  cap(30n, 4);
  expect(account.highestCap).toMatchObject({ cumulativeCapPicoUsd: 30n, jobHeaderHash: hash(2) });
});

test('NotRun is signed by the enclave key in the market domain', () => {
  const { book, enclaveKey } = newBook();
  const { notRun, signature } = book.signNotRun(hash(1));
  expect(isSignedBy(hashNotRun(domain, notRun), signature, enclaveKey.address)).toBe(true);
});

test('an interim receipt is due with the first output, then after two seconds or 256 tokens, whichever comes first', () => {
  const schedule = new ReceiptSchedule({ everyMs: 2000, everyTokens: 256 }, 1000);
  expect(schedule.isDue(1000, 1)).toBe(true);
  expect(schedule.isDue(2999, 255)).toBe(false);
  expect(schedule.isDue(3000, 255)).toBe(true);
  expect(schedule.isDue(4999, 510)).toBe(false);
  expect(schedule.isDue(4999, 511)).toBe(true);
  expect(schedule.isDue(5000, 512)).toBe(false);
});
