import { IDLE_SLOT_MS } from '@hearth/provider-agent/slots';

/** What a home says of itself; only these members are read. */
export interface HomeEvent {
  readonly home: string;
  readonly state: string;
  readonly atMs: number;
  readonly message: string;
  readonly [particular: string]: unknown;
}

interface Sold {
  jobs: number;
  /** Until when it keeps a slot without a job. */
  keptUntilMs: number;
}

/** A home counts by its gateway's clock, which may take a step when it links anew: its events carry its own. */
const CLOCK_STEP_MS = 1_000;
const KEPT_MS = IDLE_SLOT_MS - CLOCK_STEP_MS;

/**
 * The slots of one home counted a second time, from what it sold and ran and when, without a look at the ledger that is the
 * lock on them. A gateway never comes into it: the same count holds however many of them sold.
 */
export class SlotCount {
  readonly violations: string[] = [];
  #most = 0;
  readonly #slots: number;
  readonly #leases = new Map<string, Sold>();

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** The most that were ever taken at once. */
  get most(): number {
    return this.#most;
  }

  hear({ home, state, atMs, message, leaseId, ref }: HomeEvent): void {
    const lease = String(leaseId ?? ref);
    const sold = this.#leases.get(lease);
    if (state === 'lease-sold' && !sold) this.#leases.set(lease, { jobs: 0, keptUntilMs: atMs + KEPT_MS });
    if (state === 'lease-refused' && sold?.jobs === 0) this.#leases.delete(lease); // our ACCEPT came too late
    if (state === 'job-started') {
      const { jobs } = sold ?? { jobs: 0 };
      this.#leases.set(lease, { jobs: jobs + 1, keptUntilMs: 0 });
    }
    if ((state === 'job-ended' || state === 'job-refused') && sold && sold.jobs > 0) {
      sold.jobs -= 1;
      if (sold.jobs === 0) sold.keptUntilMs = atMs + KEPT_MS;
    }
    // An enclave has as many sequences as its home has slots: one that has none left was sold more than there is.
    if (/slots are taken/.test(message)) this.violations.push(`home ${home}: ${message}`);
    if (state === 'lease-sold' || state === 'job-started') this.#check(home, lease, atMs);
  }

  #check(home: string, lease: string, atMs: number): void {
    let taken = 0;
    for (const [id, { jobs, keptUntilMs }] of this.#leases) {
      if (jobs === 0 && keptUntilMs <= atMs) this.#leases.delete(id);
      else taken += Math.max(jobs, 1);
    }
    this.#most = Math.max(this.#most, taken);
    if (taken > this.#slots)
      this.violations.push(`home ${home}: ${taken} of ${this.#slots} slots taken by lease ${lease}`);
  }
}
