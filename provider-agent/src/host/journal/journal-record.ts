import {
  address,
  bytes32,
  hold,
  lease,
  receiptLeaf,
  signedCap,
  signedReceipt,
  timeMs,
  uintString,
} from '@hearth/sdk/protocol';
import { z } from 'zod';

/** What the journal remembers. Money that is owed hangs on `receipt`; everything else saves work after a restart. */
export const journalRecord = z.discriminatedUnion('kind', [
  /** A granted lease: survives so that its receipts can be explained to the log, and its slot counted. */
  z.strictObject({
    kind: z.literal('lease'),
    lease: lease.schema,
    hold: hold.schema,
    /** Lease and hold are the node's own, made while no gateway was there. */
    isDirect: z.literal(true).optional(),
  }),
  /** One receipt with all that settlement and the log need; `leaf` is null for a lease this node does not know. */
  z.strictObject({
    kind: z.literal('receipt'),
    atMs: timeMs,
    receiptHash: bytes32,
    receipt: signedReceipt,
    cap: signedCap,
    leaf: receiptLeaf.schema.nullable(),
  }),
  /** The gateway has it durably. */
  z.strictObject({ kind: z.literal('delivered'), receiptHash: bytes32 }),
  /** What the chain has paid the pair so far, as read at the safe block. */
  z.strictObject({
    kind: z.literal('paid'),
    orderHash: bytes32,
    enclaveKey: address,
    paidMicroUsd: uintString(96),
  }),
  /** The chain will pay the pair no more (order closed or spent): `lostMicroUsd` of its earnings stay unpaid. */
  z.strictObject({
    kind: z.literal('written-off'),
    orderHash: bytes32,
    enclaveKey: address,
    lostMicroUsd: uintString(96),
  }),
]);
export type JournalRecord = z.infer<typeof journalRecord>;
export type ReceiptRecord = Extract<JournalRecord, { kind: 'receipt' }>;
export type LeaseRecord = Extract<JournalRecord, { kind: 'lease' }>;
