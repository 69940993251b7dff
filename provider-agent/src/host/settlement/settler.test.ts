import type { ItemStatus, SettlementClaim } from '@hearth/contracts';
import { beforeEach, expect, test } from '@jest/globals';
import type { JournalRecord } from '../journal/journal-record.ts';
import { JournalState } from '../journal/journal-state.ts';
import { FakeTime } from '../testing/fake-time.ts';
import { account, hash, sampleReceipt } from '../testing/sample-receipt.ts';
import { Settler } from './settler.ts';

let time: FakeTime;
let state: JournalState;
let reports: { state: string; status?: unknown }[];
let sent: (readonly SettlementClaim[])[];
let paidMicroUsd: bigint;
let status: ItemStatus;
let balanceWei: bigint;
let settler: Settler;

beforeEach(() => {
  time = new FakeTime(0);
  state = new JournalState();
  reports = [];
  sent = [];
  paidMicroUsd = 0n;
  status = 'settled';
  balanceWei = 1n;
  settler = new Settler({
    state,
    chain: { paidMicroUsd: async () => paidMicroUsd },
    transactions: {
      gasAddress: account('9a'),
      gasBalanceWei: async () => balanceWei,
      judge: async (claims) => claims.map(() => status),
      settle: async (claims) => {
        sent.push(claims);
        return { txHash: hash('77') };
      },
    },
    limits: {
      settleAboveMicroUsd: 1_000n,
      settleAfterMs: 0,
      settleWhenUnlinkedAfterMs: 0,
      minSettlementMicroUsd: 1n,
    },
    clock: time,
    unlinkedSinceMs: () => undefined,
    append: async (record: JournalRecord) => state.apply(record),
    report: (name, _, particulars) => reports.push({ state: name, ...particulars }),
  });
});

test('sends the newest receipt with the highest cap, once, until the chain shows it', async () => {
  state.apply(sampleReceipt({ capPicoUsd: 9_000_000n }));
  await settler.settleDue();
  await settler.settleDue();
  expect(sent).toHaveLength(1);
  expect(sent[0]?.[0]).toMatchObject({
    settlement: { sequence: 1n, cumulativePicoUsd: 5_000_000n },
    cumulativeCapPicoUsd: 9_000_000n,
  });
  paidMicroUsd = 5n;
  time.advance(1_000_000);
  await settler.settleDue();
  expect(sent).toHaveLength(1);
});

test('a newer receipt does not wait for the last transaction', async () => {
  state.apply(sampleReceipt());
  await settler.settleDue();
  state.apply(sampleReceipt({ sequence: 2, cumulativePicoUsd: 8_000_000n }));
  await settler.settleDue();
  expect(sent).toHaveLength(2);
});

test('what the gateway has settled meanwhile costs no transaction', async () => {
  state.apply(sampleReceipt());
  paidMicroUsd = 5n;
  await settler.settleDue();
  expect(sent).toEqual([]);
  expect(reports).toEqual([]);
});

test.each(['nothing-new', 'order-not-open', 'order-not-in-force', 'receipt-outdated'] as const)(
  'a claim that the safe block calls %s is written off, and said',
  async (final) => {
    state.apply(sampleReceipt());
    status = final;
    await settler.settleDue();
    expect(state.pairs.size).toBe(0);
    expect(reports).toMatchObject([{ state: 'settlement-failed', status: final, microUsd: '5' }]);
    expect(sent).toEqual([]);
  },
);

test.each(['enclave-unknown', 'session-signature-invalid'] as const)(
  'a claim that fails by %s is kept and tried again later',
  async (temporary) => {
    state.apply(sampleReceipt());
    status = temporary;
    await settler.settleDue();
    status = 'settled';
    await settler.settleDue();
    expect(sent).toEqual([]);
    time.advance(120_000);
    await settler.settleDue();
    expect(sent).toHaveLength(1);
  },
);

test('an empty gas key is named, and the claim waits', async () => {
  state.apply(sampleReceipt());
  balanceWei = 0n;
  await settler.settleDue();
  expect(reports).toMatchObject([{ state: 'gas_key_empty', address: account('9a') }]);
  balanceWei = 1n;
  await settler.settleDue();
  expect(sent).toHaveLength(1);
});

test('a dead RPC endpoint is reported and loses nothing', async () => {
  state.apply(sampleReceipt());
  const dead = new Settler({
    state,
    chain: {
      paidMicroUsd: async () => {
        throw new Error('connect ECONNREFUSED\nlots of detail');
      },
    },
    transactions: { gasAddress: account('9a') } as never,
    limits: {
      settleAboveMicroUsd: 0n,
      settleAfterMs: 0,
      settleWhenUnlinkedAfterMs: 0,
      minSettlementMicroUsd: 1n,
    },
    clock: time,
    unlinkedSinceMs: () => undefined,
    append: async () => {},
    report: (name) => reports.push({ state: name }),
  });
  await dead.settleDue();
  expect(reports).toEqual([{ state: 'settlement-failed' }]);
  expect(state.pairs.size).toBe(1);
});
