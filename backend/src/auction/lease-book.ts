import type { Hex } from '@hearth/attestation/receipt';
import type { Lease } from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { LeaseStore } from './lease-store.ts';

export interface LiveLease {
  readonly terms: Lease;
  readonly owner: Hex;
  /** Jobs that were opened on it. */
  jobs: number;
}

/** The leases in force, for the hot path: one map look-up per job. Loaded from the database at boot. */
@Injectable()
export class LeaseBook implements OnModuleInit {
  private readonly leases = new Map<Hex, LiveLease>();
  private readonly byOrder = new Map<Hex, Set<LiveLease>>();

  constructor(
    private readonly store: LeaseStore,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    // Whether a lease of an earlier process was used is not known: it counts as used, in the buyer's favour.
    for (const { owner, grant } of await this.store.liveAt(this.clock.nowMs()))
      this.add(grant.lease.body, owner, 1);
  }

  add(terms: Lease, owner: Hex, jobs = 0): void {
    this.dropExpired();
    const lease = { terms, owner, jobs };
    this.leases.set(terms.leaseId, lease);
    const ofOrder = this.byOrder.get(terms.orderHash) ?? new Set();
    this.byOrder.set(terms.orderHash, ofOrder.add(lease));
  }

  /** The lease, if it is in force. */
  find(leaseId: string): LiveLease | undefined {
    const lease = this.leases.get(leaseId as Hex);
    return lease !== undefined && lease.terms.leaseExpiresAtMs > this.clock.nowMs() ? lease : undefined;
  }

  /** It is over: no further job goes there. */
  end(leaseId: Hex): LiveLease | undefined {
    const lease = this.leases.get(leaseId);
    if (lease === undefined) return undefined;
    this.leases.delete(leaseId);
    const ofOrder = this.byOrder.get(lease.terms.orderHash);
    ofOrder?.delete(lease);
    if (ofOrder?.size === 0) this.byOrder.delete(lease.terms.orderHash);
    return lease;
  }

  /** Leases in force of one order on which no job was opened yet. */
  unusedOf(orderHash: Hex): number {
    const nowMs = this.clock.nowMs();
    let unused = 0;
    for (const { terms, jobs } of this.byOrder.get(orderHash) ?? [])
      if (jobs === 0 && terms.leaseExpiresAtMs > nowMs) unused += 1;
    return unused;
  }

  /** Map order is by grant time and all leases last about as long, so the expired ones come first. */
  private dropExpired(): void {
    const nowMs = this.clock.nowMs();
    for (const [leaseId, { terms }] of this.leases) {
      if (terms.leaseExpiresAtMs > nowMs) return;
      this.end(leaseId);
    }
  }
}
