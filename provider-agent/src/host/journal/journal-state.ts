import { type Hex, microUsdFloor } from '@hearth/attestation/receipt';
import type { SignedCap } from '@hearth/sdk/protocol';
import type { JournalRecord, LeaseRecord, ReceiptRecord } from './journal-record.ts';

/** Earnings of one (order, enclave): its newest receipt carries the whole total. */
export type Pair = {
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  newest: ReceiptRecord;
  highestCap: SignedCap;
  /** When the oldest earnings that are not settled yet were journaled. */
  unsettledSinceMs: number;
  paidMicroUsd: bigint;
};

export type PairId = `${Hex}:${Hex}`;
export const pairId = (orderHash: Hex, enclaveKey: Hex): PairId => `${orderHash}:${enclaveKey}`;

/** The fold of the journal's records: what is owed, what is still to be told, which leases were sold. */
export class JournalState {
  readonly pairs = new Map<PairId, Pair>();
  /** In the order of the journal. */
  readonly undelivered = new Map<Hex, ReceiptRecord>();
  readonly leases = new Map<Hex, LeaseRecord>();

  apply(record: JournalRecord): void {
    switch (record.kind) {
      case 'lease':
        this.leases.set(record.lease.body.leaseId, record);
        break;
      case 'receipt':
        this.#applyReceipt(record);
        break;
      case 'delivered':
        this.undelivered.delete(record.receiptHash);
        break;
      case 'paid':
        this.#applyPaid(record.orderHash, record.enclaveKey, record.paidMicroUsd);
        break;
      case 'written-off':
        this.pairs.delete(pairId(record.orderHash, record.enclaveKey));
        break;
    }
  }

  /** Whether this very receipt is in the journal, or one that says everything it says and more. */
  covers(receiptHash: Hex, orderHash: Hex, enclaveKey: Hex, sequence: bigint): boolean {
    if (this.undelivered.has(receiptHash)) return true;
    const newest = this.pairs.get(pairId(orderHash, enclaveKey))?.newest;
    return newest !== undefined && newest.receipt.receipt.settlement.sequence >= sequence;
  }

  dropLeasesBefore(nowMs: number): void {
    for (const [id, { lease }] of this.leases)
      if (lease.body.leaseExpiresAtMs <= nowMs) this.leases.delete(id);
  }

  /** The fewest records from which the same state comes back. */
  liveRecords(): JournalRecord[] {
    const receipts = new Map(this.undelivered);
    const paid: JournalRecord[] = [];
    const untold = new Set([...this.undelivered.values()].map(pairOf));
    for (const pair of this.pairs.values()) {
      if (unpaidMicroUsd(pair) === 0n && !untold.has(pairOf(pair.newest))) continue; // finished
      receipts.set(pair.newest.receiptHash, pair.newest);
      const { orderHash, enclaveKey, paidMicroUsd } = pair;
      paid.push({ kind: 'paid', orderHash, enclaveKey, paidMicroUsd });
    }
    const delivered = [...receipts.keys()].filter((hash) => !this.undelivered.has(hash));
    return [
      ...this.leases.values(),
      ...[...receipts.values()].sort(byAge).map((record) => this.#withHighestCap(record)),
      ...delivered.map((receiptHash) => ({ kind: 'delivered', receiptHash }) as const),
      ...paid,
    ];
  }

  #applyReceipt(record: ReceiptRecord): void {
    const { settlement } = record.receipt.receipt;
    if (record.leaf) this.undelivered.set(record.receiptHash, record);

    const id = pairId(settlement.orderHash, settlement.enclaveKey);
    const pair = this.pairs.get(id);
    if (!pair) {
      this.pairs.set(id, {
        orderHash: settlement.orderHash,
        enclaveKey: settlement.enclaveKey,
        newest: record,
        highestCap: record.cap,
        unsettledSinceMs: record.atMs,
        paidMicroUsd: 0n,
      });
      return;
    }
    if (record.cap.cumulativeCapPicoUsd > pair.highestCap.cumulativeCapPicoUsd) pair.highestCap = record.cap;
    if (settlement.sequence <= pair.newest.receipt.receipt.settlement.sequence) return;
    if (unpaidMicroUsd(pair) === 0n) pair.unsettledSinceMs = record.atMs;
    pair.newest = record;
  }

  #applyPaid(orderHash: Hex, enclaveKey: Hex, paidMicroUsd: bigint): void {
    const pair = this.pairs.get(pairId(orderHash, enclaveKey));
    if (pair && paidMicroUsd > pair.paidMicroUsd) pair.paidMicroUsd = paidMicroUsd;
  }

  /** A compacted journal has one receipt per pair, so the cap must travel with that one. */
  #withHighestCap(record: ReceiptRecord): ReceiptRecord {
    const pair = this.pairs.get(pairOf(record));
    return pair?.newest === record ? { ...record, cap: pair.highestCap } : record;
  }
}

function pairOf({ receipt }: ReceiptRecord): PairId {
  const { orderHash, enclaveKey } = receipt.receipt.settlement;
  return pairId(orderHash, enclaveKey);
}

const byAge = (a: ReceiptRecord, b: ReceiptRecord) => a.atMs - b.atMs;

/** Earned, authorised by the buyer, and not yet seen as paid. */
export function unpaidMicroUsd(pair: Pair): bigint {
  const earned = pair.newest.receipt.receipt.settlement.cumulativePicoUsd;
  const cap = pair.highestCap.cumulativeCapPicoUsd;
  const payable = microUsdFloor(earned < cap ? earned : cap);
  return payable > pair.paidMicroUsd ? payable - pair.paidMicroUsd : 0n;
}
