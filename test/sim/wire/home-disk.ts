import type { Hex } from '@hearth/attestation/receipt';
import { type Hold, type Lease, type ReceiptLeaf, type Signed } from '@hearth/sdk/protocol';

export interface LeaseOnDisk {
  readonly kind: 'lease';
  readonly lease: Signed<Lease>;
  readonly hold: Signed<Hold>;
}

/** What of a home survives its process: sold leases, receipts that the gateway has not stored, the counter's sequence. */
export class HomeDisk {
  readonly #leases = new Map<Hex, LeaseOnDisk>();
  readonly undelivered = new Map<Hex, Signed<ReceiptLeaf>>();
  #sequence = 0;

  get leases(): Iterable<LeaseOnDisk> {
    return this.#leases.values();
  }

  keepLease(record: LeaseOnDisk): void {
    this.#leases.set(record.lease.body.leaseId, record);
  }

  leaseOf(leaseId: Hex): Lease | undefined {
    return this.#leases.get(leaseId)?.lease.body;
  }

  take(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** As the sequence file does after a crash: the rest of the reserved block is skipped. */
  skipSequence(): void {
    this.#sequence += 1024;
  }
}
