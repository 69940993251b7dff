import { z } from 'zod';
import { ask, logPromise, slotCounter } from './ask.ts';
import { enclaveStatement } from './evidence.ts';
import { abort, accept, hold, lease, offer, reject } from './lease.ts';
import { leaseRelease } from './lease-release.ts';
import { priceCard } from './model.ts';
import { outlook } from './outlook.ts';
import { receiptLeaf, signedCap, signedReceipt } from './receipt.ts';
import { messageKind } from './signed-message.ts';
import { standing } from './standing.ts';
import { bytes32, nodeUrl, timeMs } from './units.ts';

/**
 * The WebSocket between an agent host and the gateway (path `routes.agentLink`). Text messages are control, one
 * JSON object each, below; binary messages are frames of sealed jobs (`link-frame.ts`).
 * The gateway speaks first with a challenge; nothing else is read from the agent before a good `hello`.
 */
export const hello = messageKind(
  'hello',
  z.strictObject({ v: z.literal(1), nodeKey: bytes32, challenge: bytes32, gateway: z.string().max(255) }),
);

export const toAgent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('challenge'), challenge: bytes32, gateway: z.string().max(255), timeMs }),
  /** Authenticated; the log key signs everything the gateway says from here on. */
  z.strictObject({
    type: z.literal('welcome'),
    logKey: bytes32,
    priceCards: z.array(priceCard.schema).max(1000),
  }),
  z.strictObject({ type: z.literal('promise'), message: logPromise.schema }),
  z.strictObject({ type: z.literal('offer'), message: offer.schema }),
  /** The lease is granted; `hold` bounds what the node may take on it. */
  z.strictObject({ type: z.literal('lease'), lease: lease.schema, hold: hold.schema }),
  /** The buyer wants no more of a lease: signed by its session key, so that no gateway can end one in its name. */
  z.strictObject({ type: z.literal('release'), message: leaseRelease }),
  z.strictObject({ type: z.literal('standing'), message: standing.schema }),
  /** The receipt is stored durably: the journal may forget it. */
  z.strictObject({ type: z.literal('receipt-stored'), receiptHash: bytes32 }),
  /** An answer to a message of the agent that could not be taken. `ref` is that message's id, where it has one. */
  z.strictObject({
    type: z.literal('refused'),
    ref: bytes32.nullable(),
    code: z.string().max(64),
    message: z.string().max(500),
  }),
]);
export type ToAgent = z.infer<typeof toAgent>;

export const fromAgent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), message: hello.schema }),
  z.strictObject({
    type: z.literal('enclave'),
    statement: enclaveStatement,
    /** Where the node listens itself, for buyers whom no gateway answers. */
    direct: nodeUrl.optional(),
  }),
  z.strictObject({ type: z.literal('ask'), message: ask.schema }),
  z.strictObject({ type: z.literal('slots'), message: slotCounter.schema }),
  z.strictObject({ type: z.literal('outlook'), message: outlook.schema }),
  z.strictObject({ type: z.literal('accept'), message: accept.schema }),
  z.strictObject({ type: z.literal('reject'), message: reject.schema }),
  z.strictObject({ type: z.literal('abort'), message: abort.schema }),
  z.strictObject({
    type: z.literal('receipt'),
    receipt: signedReceipt,
    cap: signedCap,
    leaf: receiptLeaf.schema,
  }),
]);
export type FromAgent = z.infer<typeof fromAgent>;

export const linkLimits = {
  /** Largest control message and largest binary frame, in bytes. */
  maxMessageBytes: 256 * 1024,
  /** Unacknowledged bytes that the gateway may have in flight per stream. */
  requestWindowBytes: 256 * 1024,
  /** And the agent. What a buyer does not read lies in the gateway's memory: a slow one must not cost it much. */
  answerWindowBytes: 32 * 1024,
  maxStreamsPerLink: 64,
  helloTimeoutMs: 5_000,
  pingIntervalMs: 5_000,
} as const;
