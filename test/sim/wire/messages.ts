import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import type { FromAgent, ReceiptLeaf, Signed, ToAgent } from '@hearth/sdk/protocol';

/** One job on a lease, as the buyer opens it. */
export interface JobOpening {
  readonly leaseId: Hex;
  readonly jobId: Hex;
  readonly tokens: number;
}

/** What reaches a home: the agent link's own messages, and jobs without their ciphertext. */
export type ToHome = ToAgent | { readonly type: 'open'; readonly job: JobOpening };

/** What a home says: the link's own messages, and receipts without their money, which the ledger's tests cover. */
export type FromHome = FromAgent | { readonly type: 'leaf'; readonly message: Signed<ReceiptLeaf> };

/** What a buyer hears of a job. */
export type JobAnswer =
  | { readonly kind: 'done'; readonly receiptHash: Hex }
  | { readonly kind: 'refused'; readonly reason: string };

/** One receipt for each job that a home ends. */
export const receiptHashOf = (jobId: Hex, nodeKey: Hex): Hex =>
  toHex(sha256(fromHex(jobId), fromHex(nodeKey)));
