import type { Hex } from '@hearth/attestation/receipt';

/** A lease without a job gives its slot back after this long; a later job on it takes a free slot again. */
export const IDLE_SLOT_MS = 5_000;

type Sold = {
  expiresAtMs: number;
  /** Jobs under way; each needs a slot. */
  jobs: number;
  /** Until when the lease keeps a slot without a job. */
  reservedUntilMs: number;
  /** Its first job has not come yet. */
  isUnused: boolean;
};

export type BeginJob = 'begun' | 'unknown' | 'expired' | 'full';

/**
 * The node's own count of what it has sold: the lock on its capacity. Pure state, one caller at a time; whoever
 * changes it publishes a new counter.
 */
export class SlotLedger {
  readonly #mostSlots: number;
  #slots: number;
  readonly #leases = new Map<Hex, Sold>();
  #isRetiring = false;

  constructor(slots: number) {
    this.#mostSlots = slots;
    this.#slots = slots;
  }

  /** Jobs at the same time, as things stand. */
  get slots(): number {
    return this.#slots;
  }

  /** Fewer slots for a while, or more again up to what there is. What is sold beyond it goes on. */
  limit(slots: number): void {
    this.#slots = Math.max(0, Math.min(this.#mostSlots, slots));
  }

  get used(): number {
    let used = 0;
    for (const { jobs, reservedUntilMs } of this.#leases.values())
      used += Math.max(jobs, reservedUntilMs > 0 ? 1 : 0);
    return used;
  }

  /** Leases that hold a slot: with a job under way, or kept for one. */
  get holdingLeases(): Hex[] {
    return [...this.#leases].flatMap(([id, { jobs, reservedUntilMs }]) =>
      jobs > 0 || reservedUntilMs > 0 ? [id] : [],
    );
  }

  get openLeases(): Hex[] {
    return [...this.#leases.keys()];
  }

  has(leaseId: Hex): boolean {
    return this.#leases.has(leaseId);
  }

  /** Sells one slot. False when none is free; selling the same lease twice is one sale. */
  sell(leaseId: Hex, expiresAtMs: number, nowMs: number): boolean {
    if (this.#leases.has(leaseId)) return true;
    if (this.#isRetiring || this.used >= this.slots) return false;
    this.#leases.set(leaseId, {
      expiresAtMs,
      jobs: 0,
      reservedUntilMs: nowMs + IDLE_SLOT_MS,
      isUnused: true,
    });
    return true;
  }

  beginJob(leaseId: Hex, nowMs: number): BeginJob {
    const lease = this.#leases.get(leaseId);
    if (!lease) return 'unknown';
    if (lease.expiresAtMs <= nowMs) return 'expired';
    const hasReserve = lease.jobs === 0 && lease.reservedUntilMs > 0;
    if (!hasReserve && (this.#isRetiring || this.used >= this.slots)) return 'full';
    lease.jobs += 1;
    lease.reservedUntilMs = 0;
    lease.isUnused = false;
    return 'begun';
  }

  endJob(leaseId: Hex, nowMs: number): void {
    const lease = this.#leases.get(leaseId);
    if (!lease || lease.jobs === 0) return;
    lease.jobs -= 1;
    if (lease.jobs === 0 && !this.#isRetiring)
      lease.reservedUntilMs = Math.min(nowMs + IDLE_SLOT_MS, lease.expiresAtMs);
  }

  /** Frees what time has freed. A job that outlives its lease keeps its slot until it ends. */
  expire(nowMs: number): void {
    for (const [leaseId, lease] of this.#leases) {
      if (lease.reservedUntilMs <= nowMs) lease.reservedUntilMs = 0;
      if (lease.jobs === 0 && lease.expiresAtMs <= nowMs) this.#leases.delete(leaseId);
    }
  }

  /** It is over before its time: no lease was granted on the sale, or its buyer gave it back. A job on it goes on. */
  release(leaseId: Hex, nowMs: number): void {
    const lease = this.#leases.get(leaseId);
    if (lease?.jobs === 0) this.#leases.delete(leaseId);
    else if (lease) lease.expiresAtMs = Math.min(lease.expiresAtMs, nowMs);
  }

  /** From now on nothing is sold, and a lease is over with its jobs. One just sold still gets the job that is on its way. */
  retire(): void {
    this.#isRetiring = true;
    for (const lease of this.#leases.values()) if (!lease.isUnused) lease.reservedUntilMs = 0;
  }

  /** Takes out what is over since `retire`. @returns the leases to give back. */
  takeRetired(): Hex[] {
    if (!this.#isRetiring) return [];
    const over = [...this.#leases].filter(([, lease]) => lease.jobs === 0 && lease.reservedUntilMs === 0);
    for (const [leaseId] of over) this.#leases.delete(leaseId);
    return over.map(([leaseId]) => leaseId);
  }

  /** Everything sold is void: the enclave that would have served it is gone. @returns the leases to abort. */
  clear(): Hex[] {
    const aborted = this.openLeases;
    this.#leases.clear();
    return aborted;
  }

  /** When `expire` next changes something. */
  nextChangeMs(): number | undefined {
    const times = [...this.#leases.values()].flatMap((lease) =>
      lease.jobs > 0 ? [] : [lease.reservedUntilMs > 0 ? lease.reservedUntilMs : lease.expiresAtMs],
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
