import type { Hex } from '@hearth/attestation/receipt';
import type { Lease } from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { LeaseStore, type StoredLease } from './lease-store.ts';

export interface LiveLease {
  readonly terms: Lease;
  readonly owner: Hex;
  /** Jobs that were opened on it. */
  jobs: number;
  /** It ended before its time. Remembered as long as it would have lasted: the database has it still. */
  isOver: boolean;
}

/**
 * The leases in force, for the hot path: one map look-up per job. Loaded from the database at boot; one that another
 * replica granted since then is loaded when somebody asks for it.
 */
@Injectable()
export class LeaseBook implements OnModuleInit {
  private readonly leases = new Map<Hex, LiveLease>();
  private readonly byOrder = new Map<Hex, Set<LiveLease>>();

  constructor(
    private readonly store: LeaseStore,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const stored of await this.store.liveAt(this.clock.nowMs())) this.addStored(stored);
  }

  add(terms: Lease, owner: Hex, jobs = 0): LiveLease {
    this.dropExpired();
    const lease = { terms, owner, jobs, isOver: false };
    this.leases.set(terms.leaseId, lease);
    const ofOrder = this.byOrder.get(terms.orderHash) ?? new Set();
    this.byOrder.set(terms.orderHash, ofOrder.add(lease));
    return lease;
  }

  /** The lease, if it is in force, whichever replica granted it. */
  async find(leaseId: Hex): Promise<LiveLease | undefined> {
    const known = await this.known(leaseId);
    return known?.isOver === false && known.terms.leaseExpiresAtMs > this.clock.nowMs() ? known : undefined;
  }

  /** The lease, whether or not it is in force. */
  async known(leaseId: Hex): Promise<LiveLease | undefined> {
    return this.leases.get(leaseId) ?? (await this.load(leaseId));
  }

  /** It is over: no further job goes there. */
  end(lease: LiveLease): void {
    lease.isOver = true;
    const { orderHash } = lease.terms;
    const ofOrder = this.byOrder.get(orderHash);
    ofOrder?.delete(lease);
    if (ofOrder?.size === 0) this.byOrder.delete(orderHash);
  }

  /** Leases in force of one order on which no job was opened yet. */
  unusedOf(orderHash: Hex): number {
    const nowMs = this.clock.nowMs();
    let unused = 0;
    for (const { terms, jobs } of this.byOrder.get(orderHash) ?? [])
      if (jobs === 0 && terms.leaseExpiresAtMs > nowMs) unused += 1;
    return unused;
  }

  private async load(leaseId: Hex): Promise<LiveLease | undefined> {
    const stored = await this.store.find(leaseId);
    if (stored === undefined) return undefined;
    return this.leases.get(leaseId) ?? this.addStored(stored); // somebody else may have asked meanwhile
  }

  /** Whether a lease of another process was used is not known: it counts as used, in the buyer's favour. */
  private addStored({ owner, grant }: StoredLease): LiveLease {
    return this.add(grant.lease.body, owner, 1);
  }

  /** Map order is by grant time and all leases last about as long, so the expired ones come first. */
  private dropExpired(): void {
    const nowMs = this.clock.nowMs();
    for (const [leaseId, lease] of this.leases) {
      if (lease.terms.leaseExpiresAtMs > nowMs) return;
      this.end(lease);
      this.leases.delete(leaseId);
    }
  }
}
