import { expect, test } from '@jest/globals';
import {
  decideCapture,
  decideHold,
  decideReserve,
  decideSettlement,
  type HoldState,
  unassured,
} from './hold-decision.ts';

const state = (changes: Partial<HoldState> = {}): HoldState => ({
  maxSpendPerEnclave: 1_000n,
  free: 1_000n,
  held: 0n,
  captured: 0n,
  settled: 0n,
  assured: 0n,
  ...changes,
});

test('a first hold takes what the lease wants out of the free money', () => {
  expect(decideHold(state(), 300n, 0n)).toEqual({ granted: true, heldCumulative: 300n, fromFree: 300n });
});

test('a hold counts on what earlier leases of the pair left unused', () => {
  const decision = decideHold(state({ free: 700n, held: 300n, captured: 120n }), 200n, 0n);
  expect(decision).toEqual({ granted: true, heldCumulative: 320n, fromFree: 20n });
});

test('what running leases of the pair still need is not given twice', () => {
  const decision = decideHold(state({ free: 700n, held: 300n, captured: 120n }), 200n, 180n);
  expect(decision).toEqual({ granted: true, heldCumulative: 500n, fromFree: 200n });
});

test('an order that is promised elsewhere refuses and says what is left', () => {
  expect(decideHold(state({ free: 100n }), 101n, 0n)).toEqual({
    granted: false,
    reason: 'order-spent',
    available: 100n,
  });
});

test('the limit per enclave binds even when the order has money', () => {
  const decision = decideHold(
    state({ maxSpendPerEnclave: 250n, free: 800n, held: 200n, captured: 200n }),
    51n,
    0n,
  );
  expect(decision).toEqual({ granted: false, reason: 'enclave-limit', available: 50n });
});

test('a receipt captures the held money first', () => {
  const decision = decideCapture(state({ free: 700n, held: 300n, captured: 100n }), 250n);
  expect(decision).toEqual({ capturedCumulative: 250n, heldCumulative: 300n, fromHeld: 150n, fromFree: 0n });
});

test('a receipt below what was captured captures nothing', () => {
  const decision = decideCapture(state({ held: 300n, captured: 250n }), 200n);
  expect(decision).toMatchObject({ capturedCumulative: 250n, fromHeld: 0n, fromFree: 0n });
});

test('a receipt beyond its hold takes free money but never more than the order or the enclave limit has', () => {
  const beyondOrder = decideCapture(state({ free: 50n, held: 300n, captured: 300n }), 900n);
  expect(beyondOrder).toEqual({
    capturedCumulative: 350n,
    heldCumulative: 350n,
    fromHeld: 0n,
    fromFree: 50n,
  });
  const beyondEnclave = decideCapture(state({ maxSpendPerEnclave: 320n, held: 300n, captured: 300n }), 900n);
  expect(beyondEnclave).toEqual({
    capturedCumulative: 320n,
    heldCumulative: 320n,
    fromHeld: 0n,
    fromFree: 20n,
  });
});

test('a settlement is paid from earned money', () => {
  const decision = decideSettlement(state({ free: 700n, held: 300n, captured: 250n, settled: 100n }), 150n);
  expect(decision).toMatchObject({
    fromEarned: 150n,
    fromHeld: 0n,
    fromFree: 0n,
    settledCumulative: 250n,
    capturedCumulative: 250n,
  });
});

test('a settlement of receipts that never reached us takes held, then free money', () => {
  const decision = decideSettlement(state({ free: 700n, held: 300n, captured: 250n, settled: 250n }), 100n);
  expect(decision).toEqual({
    fromEarned: 0n,
    fromHeld: 50n,
    fromFree: 50n,
    fromOthers: 0n,
    settledCumulative: 350n,
    capturedCumulative: 350n,
    heldCumulative: 350n,
  });
});

test('what the chain paid beyond all that was promised to other enclaves', () => {
  const decision = decideSettlement(state({ free: 10n, held: 20n, captured: 5n }), 100n);
  expect(decision).toMatchObject({ fromEarned: 5n, fromHeld: 15n, fromFree: 10n, fromOthers: 70n });
  expect(decision).toMatchObject({ settledCumulative: 100n, capturedCumulative: 100n, heldCumulative: 100n });
});

test('a reserve on the chain becomes a promise of the ledger, out of the free money', () => {
  expect(decideReserve(state(), 300n)).toEqual({
    assuredCumulative: 300n,
    heldCumulative: 300n,
    fromFree: 300n,
    fromOthers: 0n,
  });
});

test('what the ledger has promised the pair already counts towards a reserve, what was paid does not', () => {
  const promised = state({ free: 700n, held: 300n, captured: 250n, settled: 100n });
  expect(decideReserve(promised, 200n)).toMatchObject({
    assuredCumulative: 300n,
    heldCumulative: 300n,
    fromFree: 0n,
  });
  expect(decideReserve(promised, 260n)).toMatchObject({
    assuredCumulative: 360n,
    heldCumulative: 360n,
    fromFree: 60n,
  });
});

test('a reserve of more than is free takes what other enclaves were promised', () => {
  expect(decideReserve(state({ free: 50n }), 300n)).toMatchObject({ fromFree: 50n, fromOthers: 250n });
});

test('nothing that the chain keeps for a pair can go to another', () => {
  expect(unassured({ held: 500n, captured: 100n, assured: 300n })).toBe(200n);
  expect(unassured({ held: 500n, captured: 400n, assured: 300n })).toBe(100n);
});
