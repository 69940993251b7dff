import type { Authorization, Eip712Domain, Receipt } from '@hearth/contracts/typed-data';
import { hashAuthorization, hashReceipt } from './digests.ts';
import { fromHex, type Hex, toHex } from './hex.ts';
import { equalBytes, inclusionProof, leafHash, merkleRoot, rootFromInclusion } from './merkle.ts';
import { amountPicoUsd } from './money.ts';
import { isSignedBy } from './secp256k1.ts';

/** Everything about a receipt that can be wrong without looking at anything else. */
export type ReceiptFault = 'signature' | 'amount' | 'prior-exceeds-amount' | 'cumulative' | 'sequence';

/** Checks of a receipt by itself: its signature, its arithmetic, its counters. Empty means sound. */
export function receiptFaults(domain: Eip712Domain, receipt: Receipt, signature: Hex): ReceiptFault[] {
  const { settlement, execution } = receipt;
  const faults: ReceiptFault[] = [];
  if (!isSignedBy(hashReceipt(domain, receipt), signature, settlement.enclaveKey)) faults.push('signature');
  if (
    execution.cachedInputTokens > execution.inputTokens ||
    amountPicoUsd(execution, execution) !== execution.amountPicoUsd
  ) {
    faults.push('amount');
  }
  if (execution.jobPriorPicoUsd > execution.amountPicoUsd) faults.push('prior-exceeds-amount');
  if (settlement.cumulativePicoUsd < execution.amountPicoUsd) faults.push('cumulative');
  if (settlement.sequence < 1n || execution.enclaveSequence < 1n) faults.push('sequence');
  return faults;
}

/** Whether the buyer's session key signed this authorisation. */
export function isAuthorizedBy(
  domain: Eip712Domain,
  authorization: Authorization,
  signature: Hex,
  sessionKey: Hex,
): boolean {
  return isSignedBy(hashAuthorization(domain, authorization), signature, sessionKey);
}

/** Head over the hashes of receipts 1..n: the `priorReceiptsRoot` of receipt n + 1. */
export function receiptsRoot(receiptHashes: readonly Hex[]): Hex {
  return toHex(merkleRoot(receiptHashes.map(receiptLeaf)));
}

/** Path that proves receipt `sequence` (from 1) under a newer receipt's `priorReceiptsRoot`. */
export function proveEarlierReceipt(receiptHashes: readonly Hex[], sequence: number): Hex[] {
  return inclusionProof(receiptHashes.map(receiptLeaf), sequence - 1).map(toHex);
}

/** Whether `earlier` is one of the receipts that `newest` vouches for. */
export function isEarlierReceiptIncluded(
  earlierHash: Hex,
  earlierSequence: bigint,
  newest: Receipt,
  path: readonly Hex[],
): boolean {
  const size = Number(newest.settlement.sequence - 1n);
  const root = rootFromInclusion(
    receiptLeaf(earlierHash),
    Number(earlierSequence - 1n),
    size,
    path.map(fromHex),
  );
  return root !== undefined && equalBytes(root, fromHex(newest.settlement.priorReceiptsRoot));
}

export function receiptLeaf(receiptHash: Hex): Uint8Array {
  return leafHash(fromHex(receiptHash));
}
