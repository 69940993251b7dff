import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import {
  address,
  bytes32,
  HearthError,
  orderCodec,
  outcomes,
  policy,
  type SignedCap,
  type SignedReceipt,
  signedCap,
  signedReceipt,
  uintString,
  walletSignature,
} from '../protocol/index.ts';

/** More jobs than this at once on one enclave are a mistake, or receipts that never come. */
const MAX_IN_FLIGHT = 1024;

/**
 * Room for a job that is yet to be signed. On the disk for good ahead of it, so that the job need not wait for the disk: should
 * the machine fail and lose the job's own line, this one counts in its place.
 */
const reservation = z.strictObject({
  capPicoUsd: uintString(128),
  /** A job that takes it expires no later. */
  expiresAtUnixSec: uintString(64),
  /** The machine's start under which it was written, null where a system gives its starts no names. */
  bootId: z.string().nullable(),
});
export type Reservation = z.infer<typeof reservation>;

const pairCodec = z.strictObject({
  highestCap: signedCap.nullable(),
  newest: signedReceipt.nullable(),
  reserved: z.array(reservation).max(MAX_IN_FLIGHT).optional(),
  inFlight: z
    .array(
      z.strictObject({
        jobHeaderHash: bytes32,
        jobId: bytes32,
        capPicoUsd: uintString(128),
        expiresAtUnixSec: uintString(64),
      }),
    )
    .max(2 * MAX_IN_FLIGHT), // lost ones beside those that are remembered
});
type Pair = z.infer<typeof pairCodec>;

/** Members of pairs as they have become; those that are left out are as they were. */
export const pairChanges = z.record(address, pairCodec.partial());
export type PairChanges = z.infer<typeof pairChanges>;

/**
 * What a buyer must remember about one order: who may still claim how much. Pure functions over a value; the disk
 * is `order-store.ts`. Losing it costs no money, because receipts and the chain rebuild it, but two writers
 * could sign caps that contradict each other, hence the lock there.
 */
export const orderRecord = z.strictObject({
  schema: z.literal('hearth-order/1'),
  orderHash: bytes32,
  order: orderCodec,
  orderSignature: walletSignature,
  sessionPrivateKey: bytes32,
  policy,
  pairs: z.record(address, pairCodec),
});
export type OrderRecord = z.infer<typeof orderRecord>;

/** A job that comes so much later may still take what was reserved during this one. */
const RESERVED_SEC = 900n;
/** No job runs longer than this after its header expired. */
const LONGEST_RUN_SEC = 3600n;

const NEW_PAIR: Pair = { highestCap: null, newest: null, inFlight: [] };

export function pairOf(record: OrderRecord, enclaveKey: Hex): Pair {
  return record.pairs[enclaveKey] ?? NEW_PAIR;
}

/** Header hash of a job whose line the machine may have lost. */
const UNKNOWN: Hex = `0x${'00'.repeat(32)}`;

/**
 * Without reservations: no job comes any more that would take one. One behind which lines may be lost was perhaps a job's, and
 * counts as that.
 */
export function withoutReservations(
  record: OrderRecord,
  mayBeTaken: (room: Reservation) => boolean,
): OrderRecord {
  const pairs = Object.entries(record.pairs).map(([enclaveKey, { reserved = [], ...pair }]) => {
    const lost = reserved.filter(mayBeTaken).map(({ capPicoUsd, expiresAtUnixSec }) => ({
      jobHeaderHash: UNKNOWN,
      jobId: UNKNOWN,
      capPicoUsd,
      expiresAtUnixSec,
    }));
    return [enclaveKey, { ...pair, inFlight: [...pair.inFlight, ...lost] }];
  });
  return { ...record, pairs: Object.fromEntries(pairs) };
}

/** What of the pairs has become another value. */
export function changesOf(known: OrderRecord, next: OrderRecord): PairChanges {
  const changes: PairChanges = {};
  for (const [key, pair] of Object.entries(next.pairs) as [Hex, Pair][]) {
    const before = known.pairs[key];
    if (before === pair) continue;
    const members = Object.entries(pair).filter(([name, member]) => before?.[name as keyof Pair] !== member);
    changes[key] = Object.fromEntries(members);
  }
  return changes;
}

export function withChanges(record: OrderRecord, changes: PairChanges): OrderRecord {
  const pairs = { ...record.pairs };
  for (const [key, members] of Object.entries(changes) as [Hex, PairChanges[Hex]][])
    pairs[key] = { ...(pairs[key] ?? NEW_PAIR), ...(members as Partial<Pair>) };
  return { ...record, pairs };
}

/** What the enclave has earned by the newest receipt seen, in pUSD. */
export function earnedPicoUsd(pair: Pair): bigint {
  return pair.newest?.receipt.settlement.cumulativePicoUsd ?? 0n;
}

/** The most that was ever signed for: the highest cap remembered, and what the machine may have lost of later ones. */
export function authorisedPicoUsd({ highestCap, inFlight }: Pair): bigint {
  const lost = inFlight.filter(({ jobHeaderHash }) => jobHeaderHash === UNKNOWN);
  return lost.reduce((sum, job) => sum + job.capPicoUsd, highestCap?.cumulativeCapPicoUsd ?? 0n);
}

/**
 * The cumulative cap to sign for a job: earned + caps of all jobs in flight + this job's cap, never below a cap
 * signed before (the enclave keeps the highest it has seen).
 */
export function nextCumulativeCap(pair: Pair, jobCapPicoUsd: bigint): bigint {
  const open = pair.inFlight.reduce((sum, job) => sum + job.capPicoUsd, 0n);
  return max(earnedPicoUsd(pair) + open + jobCapPicoUsd, pair.highestCap?.cumulativeCapPicoUsd ?? 0n);
}

/**
 * The least that a Hold must add to what the enclave has earned for the job to be admitted, in pUSD. More than the job's
 * own cap while others are in flight, or were: the enclave keeps the highest cap it has seen, and so do we.
 */
export function holdNeeded(pair: Pair, jobCapPicoUsd: bigint): bigint {
  return nextCumulativeCap(pair, jobCapPicoUsd) - earnedPicoUsd(pair);
}

/** Terms of a job that decide which reservation it may take. */
type Room = Pick<Reservation, 'capPicoUsd' | 'expiresAtUnixSec'>;

/** @param isKept whether the disk has it for good */
export function reservationFor(
  { reserved = [] }: Pair,
  job: Room,
  isKept: (room: Reservation) => boolean,
): Reservation | undefined {
  return reserved.find((room) => fits(room, job) && isKept(room));
}

/**
 * Reserves room for another job like the one given, with some to spare, as long as fewer such rooms stand than jobs are under
 * way. Rooms too small for it, or too old, go.
 * @returns undefined where there is enough
 */
export function withReservation(
  record: OrderRecord,
  enclaveKey: Hex,
  job: Room,
  bootId: string | null,
): { readonly record: OrderRecord; readonly room: Reservation } | undefined {
  const pair = pairOf(record, enclaveKey);
  const rooms = (pair.reserved ?? []).filter((room) => fits(room, job));
  if (rooms.length >= pair.inFlight.length) return undefined;
  const room = {
    capPicoUsd: 2n * job.capPicoUsd,
    expiresAtUnixSec: job.expiresAtUnixSec + RESERVED_SEC,
    bootId,
  };
  return { record: withPair(record, enclaveKey, { ...pair, reserved: [...rooms, room] }), room };
}

const fits = (room: Reservation, job: Room): boolean =>
  room.capPicoUsd >= job.capPicoUsd && room.expiresAtUnixSec >= job.expiresAtUnixSec;

/**
 * Records a signed cap and its job; to be on disk before the job is sent, unless a reservation is that stands for it.
 * @throws HearthError `rate_limited` when too many jobs of the pair have not ended
 */
export function withJobSent(
  record: OrderRecord,
  enclaveKey: Hex,
  job: Pair['inFlight'][number],
  cap: SignedCap,
  taken?: Reservation,
): OrderRecord {
  const pair = pairOf(record, enclaveKey);
  if (pair.inFlight.length >= MAX_IN_FLIGHT)
    throw new HearthError(
      'rate_limited',
      `order ${record.orderHash}: ${MAX_IN_FLIGHT} jobs at enclave ${enclaveKey} have not ended; open another order`,
    );
  return withPair(record, enclaveKey, {
    ...pair,
    highestCap: higher(pair.highestCap, cap),
    inFlight: [...pair.inFlight, job],
    ...(taken && { reserved: pair.reserved?.filter((room) => room !== taken) }),
  });
}

/** Records a signed cap that is for no job yet; to be on disk before anybody has it. */
export function withCap(record: OrderRecord, enclaveKey: Hex, cap: SignedCap): OrderRecord {
  const pair = pairOf(record, enclaveKey);
  return withPair(record, enclaveKey, { ...pair, highestCap: higher(pair.highestCap, cap) });
}

/**
 * Takes over a receipt whose signature was checked. A job leaves "in flight" on its own final receipt, or on one for work
 * that the enclave accepted so long after the job's expiry that the job can neither start nor still be running.
 * @throws HearthError `peer_protocol_violation` when the enclave claims more than was ever authorised, or contradicts
 * a receipt of its own: then both are evidence
 */
export function withReceipt(
  record: OrderRecord,
  received: SignedReceipt,
  /** Paid on the chain: authorised then, even if this record does not remember the cap. */
  { isPaid = false } = {},
): OrderRecord {
  const { settlement, execution } = received.receipt;
  const pair = pairOf(record, settlement.enclaveKey);
  const cap = authorisedPicoUsd(pair);
  if (settlement.cumulativePicoUsd > cap && !isPaid) {
    throw new HearthError(
      'peer_protocol_violation',
      `receipt ${settlement.sequence} of ${settlement.enclaveKey} claims ${settlement.cumulativePicoUsd} pUSD, authorised were ${cap}`,
    );
  }
  assertConsistent(pair.newest, received);
  const isEnded = (job: Pair['inFlight'][number]) =>
    (job.jobHeaderHash === execution.jobHeaderHash && execution.outcome !== outcomes.interim) ||
    execution.acceptedAtMs / 1000n > job.expiresAtUnixSec + LONGEST_RUN_SEC;
  const isNewer = settlement.sequence > (pair.newest?.receipt.settlement.sequence ?? 0n);
  return withPair(record, settlement.enclaveKey, {
    ...pair,
    newest: isNewer ? received : pair.newest,
    inFlight: pair.inFlight.filter((job) => !isEnded(job)),
  });
}

/** Totals only grow with the sequence, and one sequence number is one receipt. */
function assertConsistent(known: SignedReceipt | null, received: SignedReceipt): void {
  if (!known) return;
  const [old, next] = [known.receipt.settlement, received.receipt.settlement];
  const growth = next.cumulativePicoUsd - old.cumulativePicoUsd;
  const isSame = next.sequence === old.sequence;
  const isSound = isSame
    ? textOf(known.receipt) === textOf(received.receipt)
    : next.sequence > old.sequence
      ? growth >= 0n
      : growth <= 0n;
  if (isSound) return;
  throw new HearthError(
    'peer_protocol_violation',
    isSame
      ? `enclave ${next.enclaveKey} signed two different receipts of sequence ${next.sequence}`
      : `receipt ${next.sequence} of ${next.enclaveKey} says ${next.cumulativePicoUsd} pUSD in all, receipt ${old.sequence} says ${old.cumulativePicoUsd}`,
    { details: { receipts: [known, received] } },
  );
}

const textOf = (receipt: SignedReceipt['receipt']) =>
  JSON.stringify(receipt, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

/** Drops a job that will never be billed, because the enclave signed NotRun. */
export function withoutJob(record: OrderRecord, enclaveKey: Hex, jobHeaderHash: Hex): OrderRecord {
  const pair = pairOf(record, enclaveKey);
  return withPair(record, enclaveKey, {
    ...pair,
    inFlight: pair.inFlight.filter((job) => job.jobHeaderHash !== jobHeaderHash),
  });
}

function withPair(record: OrderRecord, enclaveKey: Hex, pair: Pair): OrderRecord {
  return { ...record, pairs: { ...record.pairs, [enclaveKey]: pair } };
}

const higher = (known: SignedCap | null, cap: SignedCap): SignedCap =>
  known && known.cumulativeCapPicoUsd > cap.cumulativeCapPicoUsd ? known : cap;

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
