import type { Hex } from '@hearth/attestation/receipt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  changesOf,
  earnedPicoUsd,
  nextCumulativeCap,
  type OrderRecord,
  pairOf,
  type Reservation,
  reservationFor,
  withChanges,
  withJobSent,
  withoutJob,
  withoutReservations,
  withReceipt,
  withReservation,
} from './order-record.ts';

const enclaveKey: Hex = `0x${'e'.repeat(40)}`;
const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;
const empty = { orderHash: hash(1), pairs: {} } as unknown as OrderRecord;

const send = (record: OrderRecord, job: number, capPicoUsd: bigint, room?: Reservation): OrderRecord => {
  const cumulativeCapPicoUsd = nextCumulativeCap(pairOf(record, enclaveKey), capPicoUsd);
  const cap = {
    cumulativeCapPicoUsd,
    jobHeaderHash: hash(job),
    sessionSignature: `0x${'00'.repeat(65)}` as Hex,
  };
  return withJobSent(
    record,
    enclaveKey,
    { jobHeaderHash: hash(job), jobId: hash(job), capPicoUsd, expiresAtUnixSec: 1000n },
    cap,
    room,
  );
};

const receive = (
  record: OrderRecord,
  job: number,
  sequence: bigint,
  cumulativePicoUsd: bigint,
  outcome = 1,
  acceptedAtMs = 0n,
): OrderRecord =>
  withReceipt(record, {
    receipt: {
      settlement: { enclaveKey, sequence, cumulativePicoUsd },
      execution: { outcome, jobHeaderHash: hash(job), acceptedAtMs },
    },
    signature: '0x',
  } as never);

test('the cap to sign covers everything earned and every job in flight', () => {
  const record = receive(send(send(empty, 1, 100n), 2, 50n), 1, 1n, 80n);
  expect(nextCumulativeCap(pairOf(record, enclaveKey), 10n)).toBe(150n); // 80 + 50 + 10 is below what was signed before
  expect(nextCumulativeCap(pairOf(record, enclaveKey), 40n)).toBe(170n);
});

test('an interim receipt raises what is earned and keeps its job in flight', () => {
  const record = receive(send(empty, 1, 100n), 1, 1n, 30n, 0);
  expect(earnedPicoUsd(pairOf(record, enclaveKey))).toBe(30n);
  expect(pairOf(record, enclaveKey).inFlight).toHaveLength(1);
});

test('a receipt above everything ever authorised is a violation, and the record stays as it was', () => {
  const record = send(empty, 1, 100n);
  expect(() => receive(record, 1, 1n, 101n)).toThrow('claims 101 pUSD, authorised were 100');
  expect(pairOf(record, enclaveKey).newest).toBeNull();
});

test('a receipt that takes back what an earlier one said is a violation', () => {
  const record = receive(send(send(empty, 1, 100n), 2, 50n), 1, 1n, 80n);
  expect(() => receive(record, 2, 2n, 79n)).toThrow('receipt 2 of');
  expect(() => receive(record, 1, 1n, 81n)).toThrow('two different receipts of sequence 1');
  expect(receive(record, 1, 1n, 80n).pairs).toEqual(record.pairs);
});

test('what the chain has paid was authorised, even if this record forgot', () => {
  const received = {
    receipt: {
      settlement: { enclaveKey, sequence: 3n, cumulativePicoUsd: 500n },
      execution: { outcome: 1, jobHeaderHash: hash(1), acceptedAtMs: 0n },
    },
    signature: '0x',
  } as never;
  expect(() => withReceipt(empty, received)).toThrow('authorised were 0');
  expect(earnedPicoUsd(pairOf(withReceipt(empty, received, { isPaid: true }), enclaveKey))).toBe(500n);
});

test('more jobs than any enclave runs at once are refused, not written down', () => {
  let record = empty;
  for (let job = 0; job < 1024; job += 1) record = send(record, job, 1n);
  expect(() => send(record, 1024, 1n)).toThrow('have not ended');
});

test('work accepted long after a job expired frees the job, whose receipt can no longer come', () => {
  const record = receive(send(send(empty, 1, 100n), 2, 50n), 2, 1n, 20n, 1, 5_000_000n);
  expect(pairOf(record, enclaveKey).inFlight).toHaveLength(0);
});

test('an older receipt that arrives late does not take earnings back', () => {
  const record = receive(receive(send(send(empty, 1, 100n), 2, 50n), 2, 2n, 90n), 1, 1n, 60n);
  expect(earnedPicoUsd(pairOf(record, enclaveKey))).toBe(90n);
  expect(pairOf(record, enclaveKey).inFlight).toHaveLength(0);
});

test('whatever order jobs end in, an honest enclave can be paid and never more than the sum of caps is at risk', () => {
  const steps = fc.array(
    fc.record({
      cap: fc.bigInt(1n, 1000n),
      share: fc.integer({ min: 0, max: 100 }),
      ends: fc.boolean(),
      runs: fc.boolean(),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (jobs) => {
      let record = empty;
      let earned = 0n;
      let sequence = 0n;
      let authorised = 0n;
      const end = (job: number) => {
        const { cap, share, runs } = jobs[job] as (typeof jobs)[number];
        if (!runs) {
          record = withoutJob(record, enclaveKey, hash(job));
          return;
        }
        earned += (cap * BigInt(share)) / 100n;
        record = receive(record, job, ++sequence, earned);
      };
      const late: number[] = [];
      jobs.forEach((job, index) => {
        record = send(record, index, job.cap);
        authorised += job.cap;
        if (job.ends) end(index);
        else late.unshift(index);
      });
      for (const job of late) end(job);
      const pair = pairOf(record, enclaveKey);
      expect(pair.inFlight).toHaveLength(0);
      expect(earnedPicoUsd(pair)).toBe(earned);
      expect(pair.highestCap?.cumulativeCapPicoUsd ?? 0n).toBeLessThanOrEqual(authorised);
    }),
  );
});

const like = (capPicoUsd: bigint, expiresAtUnixSec = 1000n) => ({ capPicoUsd, expiresAtUnixSec });
const reserve = (record: OrderRecord, capPicoUsd: bigint) =>
  withReservation(record, enclaveKey, like(capPicoUsd), 'boot');
const kept = () => true;

test('as much room is reserved as jobs are under way, twice what one of them may cost', () => {
  expect(reserve(empty, 100n)).toBeUndefined();
  const first = reserve(send(empty, 1, 100n), 100n);
  expect(first?.room).toEqual({ capPicoUsd: 200n, expiresAtUnixSec: 1900n, bootId: 'boot' });
  expect(first && reserve(first.record, 100n)).toBeUndefined();
  expect(first && reserve(first.record, 201n)?.record.pairs[enclaveKey]?.reserved).toHaveLength(1); // in its place
});

test('a job takes room that fits it and that the disk has for good, and no other takes it again', () => {
  const { record, room } = reserve(send(empty, 1, 100n), 100n) as NonNullable<ReturnType<typeof reserve>>;
  const pair = pairOf(record, enclaveKey);
  expect(nextCumulativeCap(pair, 10n)).toBe(110n); // nobody may claim what is only reserved
  expect(reservationFor(pair, like(200n, 1900n), kept)).toBe(room);
  expect(reservationFor(pair, like(201n), kept)).toBeUndefined();
  expect(reservationFor(pair, like(1n, 1901n), kept)).toBeUndefined();
  expect(reservationFor(pair, like(1n), () => false)).toBeUndefined();
  expect(reservationFor(pairOf(send(record, 2, 50n, room), enclaveKey), like(1n), kept)).toBeUndefined();
});

test('what the machine lost counts with the room reserved for it: an honest enclave is believed, a greedy one is not', () => {
  const { record } = reserve(send(empty, 1, 100n), 100n) as NonNullable<ReturnType<typeof reserve>>;
  const afterCrash = withoutReservations(record, kept);
  expect(pairOf(afterCrash, enclaveKey)).not.toHaveProperty('reserved');
  expect(nextCumulativeCap(pairOf(afterCrash, enclaveKey), 10n)).toBe(310n);
  expect(earnedPicoUsd(pairOf(receive(afterCrash, 2, 2n, 300n), enclaveKey))).toBe(300n);
  expect(() => receive(afterCrash, 2, 2n, 301n)).toThrow('authorised were 300');
  const free = receive(afterCrash, 3, 2n, 90n, 1, 9_000_000n); // accepted when no lost job can run any more
  expect(pairOf(free, enclaveKey).inFlight).toEqual([]);
});

test('on a machine that has lost nothing, a reservation that nobody took is worth nothing', () => {
  const { record } = reserve(send(empty, 1, 100n), 100n) as NonNullable<ReturnType<typeof reserve>>;
  expect(withoutReservations(record, () => false).pairs).toEqual(send(empty, 1, 100n).pairs);
});

test('wherever the machine stops, what it remembers covers every job that it had signed', () => {
  const steps = fc.array(
    fc.record({ kind: fc.constantFrom('send', 'end', 'reserve'), cap: fc.bigInt(1n, 100n) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, (taken) => {
      let [record, durable] = [empty, empty];
      const rooms = new Set<Reservation>();
      const open = new Map<number, bigint>();
      let [earned, sequence] = [0n, 0n];
      for (const [job, { kind, cap }] of taken.entries()) {
        const pair = pairOf(record, enclaveKey);
        if (kind === 'send') {
          const room = reservationFor(pair, like(cap), (each) => rooms.has(each));
          record = send(record, job, cap, room);
          if (room === undefined) durable = record; // it waited for the disk
          open.set(job, cap);
        }
        const [oldest] = open.keys();
        if (kind === 'end' && oldest !== undefined) {
          earned += open.get(oldest) as bigint;
          open.delete(oldest);
          record = receive(record, oldest, ++sequence, earned);
        }
        const next = kind === 'reserve' ? reserve(record, cap) : undefined;
        if (next) {
          record = durable = next.record;
          rooms.add(next.room);
        }
      }
      const remembered = withoutReservations(durable, kept);
      const owed = earned + [...open.values()].reduce((a, b) => a + b, 0n);
      const claimed = withReceipt(remembered, {
        receipt: {
          settlement: { enclaveKey, sequence: sequence + 1n, cumulativePicoUsd: owed },
          execution: { outcome: 1, jobHeaderHash: hash(9_999), acceptedAtMs: 0n },
        },
        signature: '0x',
      } as never);
      expect(earnedPicoUsd(pairOf(claimed, enclaveKey))).toBe(owed);
      expect(nextCumulativeCap(pairOf(remembered, enclaveKey), 7n)).toBeGreaterThanOrEqual(owed + 7n);
    }),
  );
});

test('what changed, told member by member, leads from any state to the next', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom('send', 'receive', 'drop'), fc.integer({ min: 1, max: 4 })),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(steps, (taken) => {
      let [record, replayed, earned] = [empty, empty, 0n];
      for (const [index, [step, job]] of taken.entries()) {
        const { inFlight } = pairOf(record, enclaveKey);
        const isUnderWay = inFlight.some(({ jobHeaderHash }) => jobHeaderHash === hash(job));
        let next = record;
        if (step === 'send' && !isUnderWay) next = send(record, job, 100n);
        if (step === 'receive' && isUnderWay) next = receive(record, job, BigInt(index + 1), ++earned);
        if (step === 'drop') next = withoutJob(record, enclaveKey, hash(job));
        const changes = changesOf(record, next);
        if (step === 'send' && inFlight.length > 0)
          expect(changes[enclaveKey] ?? {}).not.toHaveProperty('newest');
        replayed = withChanges(withChanges(replayed, changes), changes);
        record = next;
        expect(pairOf(replayed, enclaveKey)).toEqual(pairOf(record, enclaveKey));
      }
    }),
  );
});
