import type { ReceiptLeaf } from '../protocol/receipt.ts';

/** A lease lasts ten minutes, and its receipts come up to 72 h late. */
export const LEASE_MEMORY_MS = 73 * 3_600_000;

const fields = ['nodeKey', 'provider', 'poolId', 'effectiveAsk'] as const;

/** What an auction said of a lease, and where the log has it. */
export interface SoldLease extends Pick<ReceiptLeaf, (typeof fields)[number]> {
  readonly clearingIndex: number;
  readonly soldAtMs: number;
}

/** In what a receipt leaf differs from what was sold: else a node could set the price of its pool with a number of its own. */
export function strayField(leaf: ReceiptLeaf, sold: SoldLease): (typeof fields)[number] | undefined {
  return fields.find((field) => leaf[field] !== sold[field]);
}

/** A receipt leaf where it stands in the log. */
interface PlacedLeaf {
  readonly index: number;
  readonly atMs: number;
  readonly leaf: ReceiptLeaf;
}

/**
 * Whether a logged receipt counts in windows and tables: its lease was sold before it by a logged auction, on the terms that
 * the leaf states. Who sells past the market, or to itself with leases of its own making, moves no price and earns no record.
 */
export function isReceiptOf(sold: SoldLease | undefined, { index, atMs, leaf }: PlacedLeaf): boolean {
  if (sold === undefined || sold.clearingIndex >= index) return false;
  return sold.soldAtMs > atMs - LEASE_MEMORY_MS && strayField(leaf, sold) === undefined;
}
