import { isReceiptOf } from '@hearth/sdk/market';
import type { LogEntry } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { LeaseStore } from '../auction/lease-store.ts';

/** Tells the receipts that the market's records count from those of leases that no auction sold. */
@Injectable()
export class CountedReceipts {
  constructor(private readonly leases: LeaseStore) {}

  /** Among entries of the log, by index. */
  async among(
    tx: EntityManager,
    entries: readonly { readonly index: number; readonly entry: LogEntry }[],
  ): Promise<(index: number) => boolean> {
    const receipts = entries.flatMap(({ index, entry }) =>
      entry.kind === 'receipt' ? [{ index, atMs: entry.atMs, leaf: entry.message.body }] : [],
    );
    const sold = await this.leases.soldOf(
      receipts.map(({ leaf }) => leaf.leaseId),
      tx,
    );
    const counted = receipts.filter((placed) => isReceiptOf(sold.get(placed.leaf.leaseId), placed));
    const indexes = new Set(counted.map(({ index }) => index));
    return (index) => indexes.has(index);
  }
}
