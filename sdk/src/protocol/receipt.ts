import { z } from 'zod';
import { messageKind } from './signed-message.ts';
import { receiptCodec } from './structs.ts';
import { address, bytes32, effectivePpm, signature65, uintNumber, uintString } from './units.ts';

/** The buyer's bound that travels with a receipt: the highest cap signed for the pair. */
export const signedCap = z.strictObject({
  cumulativeCapPicoUsd: uintString(128),
  jobHeaderHash: bytes32,
  sessionSignature: signature65,
});
export type SignedCap = z.infer<typeof signedCap>;

export const signedReceipt = z.strictObject({ receipt: receiptCodec, signature: signature65 });
export type SignedReceipt = z.infer<typeof signedReceipt>;

/** What the public log says of a receipt. Signed by the node key. */
export const receiptLeaf = messageKind(
  'receipt-leaf',
  z.strictObject({
    v: z.literal(1),
    receiptHash: bytes32,
    leaseId: bytes32,
    poolId: bytes32,
    provider: address,
    nodeKey: bytes32,
    effectiveAsk: effectivePpm,
    /** As in the receipt. Only final ones count: an interim receipt repeats the running totals of its job. */
    outcome: uintNumber(8),
    billedTokens: uintNumber(53),
  }),
);
export type ReceiptLeaf = z.infer<typeof receiptLeaf.body>;
