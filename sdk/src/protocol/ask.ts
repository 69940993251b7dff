import type { Hex } from '@hearth/attestation/receipt';
import { z } from 'zod';
import { jobClass, modelName } from './model.ts';
import { region } from './region.ts';
import { messageId, messageKind } from './signed-message.ts';
import { address, bytes32, ppm, timeMs, uintNumber } from './units.ts';

/** Standing offer of a node: a multiplier of the model's price card. Signed by the node key. */
export const ask = messageKind(
  'ask',
  z.strictObject({
    v: z.literal(1),
    nodeKey: bytes32,
    provider: address,
    enclaveKey: address,
    model: modelName,
    modelDigest: bytes32,
    priceCardHash: bytes32,
    region,
    tier: uintNumber(8),
    class: jobClass,
    multiplierPpm: ppm,
    slots: z.int().min(1).max(1024),
    maxContextTokens: uintNumber(32),
    validFromMs: timeMs,
    validUntilMs: timeMs,
    /** Counts this node's asks from 1. */
    seq: z.int().min(1),
    /** `askId` of the ask before this one; zero for the first. */
    prevAskHash: bytes32,
  }),
);
export type Ask = z.infer<typeof ask.body>;

export function askId(body: Ask): Hex {
  return messageId(ask, body);
}

/** Why a node says that it sells nothing for a while. A declared pause is never a fault. */
export const pauseReasons = ['draining', 'quiet_hours', 'energy', 'maintenance'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** The node's own count of sold slots: the lock on its capacity. Signed by the node key. */
export const slotCounter = messageKind(
  'slot-counter',
  z.strictObject({
    v: z.literal(1),
    nodeKey: bytes32,
    enclaveKey: address,
    slots: z.int().min(0).max(1024),
    used: z.int().min(0).max(1024),
    /** Set: no slot is for sale, whatever `slots` says; what was sold before goes on. */
    pause: z.enum(pauseReasons).nullable(),
    seq: z.int().min(1),
    atMs: timeMs,
  }),
);
export type SlotCounter = z.infer<typeof slotCounter.body>;

/** Answer to an ask or a slot counter: a promise, signed by the log key, that it is in the log within 2 s. */
export const logPromise = messageKind(
  'log-promise',
  z.strictObject({
    v: z.literal(1),
    /** Message id of the ask or slot counter. */
    messageId: bytes32,
    timestampMs: timeMs,
    inLogByMs: timeMs,
  }),
);
