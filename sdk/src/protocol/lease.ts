import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { messageKind } from './signed-message.ts';
import { address, bytes32, effectivePpm, ppm, timeMs, uintString } from './units.ts';

/** One lease per (request, ask): both are hashes of signed messages, so the id cannot be chosen. */
export function leaseId(requestId: Hex, askId: Hex): Hex {
  return toHex(sha256(new TextEncoder().encode('hearth lease'), fromHex(requestId), fromHex(askId)));
}

const terms = {
  leaseId: bytes32,
  requestId: bytes32,
  askId: bytes32,
  orderHash: bytes32,
  sessionKey: address,
  nodeKey: bytes32,
  enclaveKey: address,
  provider: address,
  modelDigest: bytes32,
  multiplierPpm: ppm,
  /** Asking multiplier over quality, as it competed in the clearing. */
  effectiveAsk: effectivePpm,
  poolId: bytes32,
  priceInput: uintString(64),
  priceCachedInput: uintString(64),
  priceOutput: uintString(64),
  holdPicoUsd: uintString(128),
  leaseExpiresAtMs: timeMs,
};

/** Gateway to node: will you sell one slot on these terms? Signed by the log key. */
export const offer = messageKind('offer', z.strictObject({ v: z.literal(1), ...terms, answerByMs: timeMs }));
export type Offer = z.infer<typeof offer.body>;

/** Node to gateway: sold. Signed by the node key; `slotSeq` is the counter value under which the slot was taken. */
export const accept = messageKind(
  'accept',
  z.strictObject({ v: z.literal(1), ...terms, slotSeq: z.int().min(1), acceptedAtMs: timeMs }),
);
export type Accept = z.infer<typeof accept.body>;

export const rejectReasons = [
  'slots_full',
  'ask_withdrawn',
  'terms_differ',
  'order_not_open',
  'exposure',
  'draining',
  /** Another of the node's models is at work, and one is in memory at a time. */
  'model_not_loaded',
] as const;

/** Node to gateway: not sold, and why. Signed by the node key. */
export const reject = messageKind(
  'reject',
  z.strictObject({
    v: z.literal(1),
    leaseId: bytes32,
    nodeKey: bytes32,
    reason: z.enum(rejectReasons),
    atMs: timeMs,
  }),
);

/** Node to gateway: a slot sold earlier will not be served. Signed by the node key. */
export const abort = messageKind(
  'abort',
  z.strictObject({
    v: z.literal(1),
    leaseId: bytes32,
    nodeKey: bytes32,
    reason: z.enum(['enclave_lost', 'draining']),
    atMs: timeMs,
  }),
);

/** Gateway to buyer and node: the granted lease. Signed by the log key. */
export const lease = messageKind('lease', z.strictObject({ v: z.literal(1), ...terms, grantedAtMs: timeMs }));
export type Lease = z.infer<typeof lease.body>;

/** The gateway's signed share of an order for one enclave; Σ held ≤ maxSpend. Signed by the log key. */
export const hold = messageKind(
  'hold',
  z.strictObject({
    v: z.literal(1),
    orderHash: bytes32,
    enclaveKey: address,
    /** The most that authorisations for this pair may add up to, everything earned so far included. */
    heldCumulativePicoUsd: uintString(128),
    /** Counts the holds of one order from 1. */
    holdSequence: z.int().min(1),
    expiresAtMs: timeMs,
  }),
);
export type Hold = z.infer<typeof hold.body>;
