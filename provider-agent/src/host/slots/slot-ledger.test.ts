import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IDLE_SLOT_MS, SlotLedger } from './slot-ledger.ts';

const id = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;

test('a slot is sold once, and again only when its lease gave it back', () => {
  const ledger = new SlotLedger(1);
  expect(ledger.sell(id(1), 60_000, 0)).toBe(true);
  expect(ledger.sell(id(1), 60_000, 0)).toBe(true);
  expect(ledger.sell(id(2), 60_000, 0)).toBe(false);
  ledger.expire(IDLE_SLOT_MS);
  expect(ledger.sell(id(2), 60_000, IDLE_SLOT_MS)).toBe(true);
  expect(ledger.beginJob(id(1), IDLE_SLOT_MS)).toBe('full');
});

test('a job keeps its slot beyond the end of its lease, and the slot is free when it ends', () => {
  const ledger = new SlotLedger(1);
  ledger.sell(id(1), 1_000, 0);
  expect(ledger.beginJob(id(1), 0)).toBe('begun');
  ledger.expire(2_000);
  expect(ledger.used).toBe(1);
  ledger.endJob(id(1), 2_000);
  ledger.expire(2_000);
  expect(ledger.used).toBe(0);
  expect(ledger.beginJob(id(1), 2_000)).toBe('unknown');
});

test('two jobs on one lease need two slots', () => {
  const ledger = new SlotLedger(2);
  ledger.sell(id(1), 60_000, 0);
  ledger.sell(id(2), 60_000, 0);
  expect(ledger.beginJob(id(1), 0)).toBe('begun');
  expect(ledger.beginJob(id(1), 0)).toBe('full');
  ledger.expire(IDLE_SLOT_MS);
  expect(ledger.beginJob(id(1), IDLE_SLOT_MS)).toBe('begun');
});

test('a lease that is given back frees its slot at once, one with a job as soon as that ends', () => {
  const ledger = new SlotLedger(2);
  for (const n of [1, 2]) ledger.sell(id(n), 60_000, 0);
  ledger.beginJob(id(2), 0);
  for (const n of [1, 2]) ledger.release(id(n), 10);
  expect([ledger.used, ledger.beginJob(id(1), 10), ledger.beginJob(id(2), 10)]).toEqual([
    1,
    'unknown',
    'expired',
  ]);
  ledger.endJob(id(2), 20);
  ledger.expire(20);
  expect([ledger.used, ledger.openLeases]).toEqual([0, []]);
});

test('after the enclave is lost nothing is sold', () => {
  const ledger = new SlotLedger(2);
  ledger.sell(id(1), 60_000, 0);
  ledger.beginJob(id(1), 0);
  expect(ledger.clear()).toEqual([id(1)]);
  expect(ledger.used).toBe(0);
});

test('retiring: nothing is sold, a lease is over with its jobs, and one just sold still gets its first', () => {
  const ledger = new SlotLedger(4);
  for (const n of [1, 2, 3]) ledger.sell(id(n), 60_000, 0);
  ledger.beginJob(id(1), 0);
  ledger.beginJob(id(2), 0);
  ledger.endJob(id(2), 0); // keeps its slot for a next job, until the node retires
  ledger.retire();
  expect(ledger.takeRetired()).toEqual([id(2)]);
  expect(ledger.sell(id(4), 60_000, 0)).toBe(false);
  expect(ledger.beginJob(id(1), 0)).toBe('full'); // a second one beside the first
  expect(ledger.beginJob(id(3), 0)).toBe('begun');
  expect(ledger.takeRetired()).toEqual([]);
  ledger.endJob(id(1), 0);
  ledger.endJob(id(3), 0);
  expect(ledger.takeRetired()).toEqual([id(1), id(3)]);
  expect(ledger.openLeases).toEqual([]);
});

test('retiring: a lease whose job never comes is over when its slot would have been free', () => {
  const ledger = new SlotLedger(1);
  ledger.sell(id(1), 60_000, 0);
  ledger.retire();
  ledger.expire(IDLE_SLOT_MS - 1);
  expect(ledger.takeRetired()).toEqual([]);
  ledger.expire(IDLE_SLOT_MS);
  expect(ledger.takeRetired()).toEqual([id(1)]);
});

/** A plain model: what is sold, and to whom, as a list of slots with an owner. */
type Model = {
  nowMs: number;
  leases: Map<Hex, { expiresAtMs: number; jobs: number; reservedUntilMs: number }>;
};

const step = fc.oneof(
  fc.record({
    do: fc.constant('sell' as const),
    lease: fc.nat(5),
    lifeMs: fc.integer({ min: 1, max: 20_000 }),
  }),
  fc.record({ do: fc.constant('begin' as const), lease: fc.nat(5) }),
  fc.record({ do: fc.constant('end' as const), lease: fc.nat(5) }),
  fc.record({ do: fc.constant('release' as const), lease: fc.nat(5) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 8_000 }) }),
);

test('whatever happens in whatever order, no more is sold than there is, and all of it comes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 60 }), (slots, steps) => {
      const ledger = new SlotLedger(slots);
      const model: Model = { nowMs: 0, leases: new Map() };
      for (const action of steps) {
        run(ledger, model, action);
        expect(ledger.used).toBe(usedIn(model));
        expect(ledger.used).toBeLessThanOrEqual(slots);
      }
      for (const [lease, { jobs }] of model.leases) {
        for (let job = 0; job < jobs; job += 1) ledger.endJob(lease, model.nowMs);
      }
      ledger.expire(model.nowMs + 30_000);
      expect(ledger.used).toBe(0);
      expect(ledger.openLeases).toEqual([]);
      expect(ledger.nextChangeMs()).toBeUndefined();
    }),
  );
});

function usedIn({ leases }: Model): number {
  return [...leases.values()].reduce(
    (sum, { jobs, reservedUntilMs }) => sum + (jobs || Number(reservedUntilMs > 0)),
    0,
  );
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function run(ledger: SlotLedger, model: Model, action: Step): void {
  const { nowMs } = model;
  if (action.do === 'wait') {
    model.nowMs += action.ms;
    ledger.expire(model.nowMs);
    for (const [leaseId, lease] of model.leases) {
      if (lease.reservedUntilMs <= model.nowMs) lease.reservedUntilMs = 0;
      if (lease.jobs === 0 && lease.expiresAtMs <= model.nowMs) model.leases.delete(leaseId);
    }
    return;
  }
  const leaseId = id(action.lease);
  const lease = model.leases.get(leaseId);
  const isFull = usedIn(model) >= ledger.slots;
  if (action.do === 'sell') {
    expect(ledger.sell(leaseId, nowMs + action.lifeMs, nowMs)).toBe(lease !== undefined || !isFull);
    if (lease || isFull) return;
    model.leases.set(leaseId, {
      expiresAtMs: nowMs + action.lifeMs,
      jobs: 0,
      reservedUntilMs: nowMs + IDLE_SLOT_MS,
    });
  } else if (action.do === 'begin') {
    const begun = ledger.beginJob(leaseId, nowMs);
    if (!lease) return expect(begun).toBe('unknown');
    if (lease.expiresAtMs <= nowMs) return expect(begun).toBe('expired');
    const needsFree = lease.jobs > 0 || lease.reservedUntilMs === 0;
    if (needsFree && isFull) return expect(begun).toBe('full');
    expect(begun).toBe('begun');
    lease.jobs += 1;
    lease.reservedUntilMs = 0;
  } else if (action.do === 'release') {
    ledger.release(leaseId, nowMs);
    if (lease?.jobs === 0) model.leases.delete(leaseId);
    else if (lease) lease.expiresAtMs = Math.min(lease.expiresAtMs, nowMs);
  } else {
    ledger.endJob(leaseId, nowMs);
    if (!lease || lease.jobs === 0) return;
    lease.jobs -= 1;
    if (lease.jobs === 0) lease.reservedUntilMs = Math.min(nowMs + IDLE_SLOT_MS, lease.expiresAtMs);
  }
}
