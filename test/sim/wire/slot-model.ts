import type { Hex } from '@hearth/attestation/receipt';
import { IDLE_SLOT_MS } from '@hearth/provider-agent/slots';
import type { Simulation } from '../engine/simulation.ts';

interface Sold {
  jobs: number;
  /** Until when it keeps a slot without a job. */
  keptUntilMs: number;
  isVoid: boolean;
}

/**
 * What a home has sold, counted a second time from what it says and does, and held against the slots it has. Knows
 * nothing of the production ledger.
 */
export class SlotModel {
  readonly #simulation: Simulation;
  readonly #home: number;
  readonly #slots: number;
  #leases = new Map<Hex, Sold>();
  #highestSeq = 0;

  constructor(simulation: Simulation, home: number, slots: number) {
    this.#simulation = simulation;
    this.#home = home;
    this.#slots = slots;
  }

  /** The home signed an ACCEPT. Saying it again sells nothing. */
  accepted(leaseId: Hex): void {
    if (this.#leases.has(leaseId)) return;
    this.#leases.set(leaseId, {
      jobs: 0,
      keptUntilMs: this.#simulation.nowMs() + IDLE_SLOT_MS,
      isVoid: false,
    });
    this.#check(`lease ${leaseId} sold`);
  }

  jobBegan(leaseId: Hex): void {
    const sold = this.#leases.get(leaseId);
    this.#simulation.assert(sold !== undefined, 'jobs run only on sold leases', () => this.#say(leaseId));
    if (sold === undefined) return;
    sold.jobs += 1;
    sold.keptUntilMs = 0;
    this.#check(`job on ${leaseId}`);
  }

  jobEnded(leaseId: Hex): void {
    const sold = this.#leases.get(leaseId);
    if (sold === undefined) return;
    sold.jobs -= 1;
    if (sold.jobs === 0 && sold.isVoid) this.#leases.delete(leaseId);
    else if (sold.jobs === 0) sold.keptUntilMs = this.#simulation.nowMs() + IDLE_SLOT_MS;
  }

  /** The sale is void: nothing was granted on it, or the home said ABORT. A job that runs on it goes on, and keeps nothing after it. */
  released(leaseId: Hex): void {
    const sold = this.#leases.get(leaseId);
    if (sold === undefined || sold.jobs === 0) this.#leases.delete(leaseId);
    else sold.isVoid = true;
  }

  /** The process died with everything that it ran; leases in its journal may come back. */
  died(): void {
    this.#leases = new Map();
  }

  /** A signed counter: never goes back, not even over a restart, and never says more than there is. */
  counted(seq: number, used: number, slots: number): void {
    this.#simulation.assert(
      seq > this.#highestSeq,
      'slot counters only grow',
      () => `${this.#say('counter')}: ${seq} after ${this.#highestSeq}`,
    );
    this.#highestSeq = seq;
    this.#simulation.assert(
      used <= slots && slots <= this.#slots,
      'no more is sold than signed',
      () => `${this.#say('counter')}: ${used} of ${slots}`,
    );
  }

  #check(what: string): void {
    const nowMs = this.#simulation.nowMs();
    let taken = 0;
    for (const { jobs, keptUntilMs } of this.#leases.values())
      taken += Math.max(jobs, keptUntilMs > nowMs ? 1 : 0);
    this.#simulation.assert(
      taken <= this.#slots,
      'no slot is sold twice',
      () => `${this.#say(what)}: ${taken} of ${this.#slots} slots taken`,
    );
  }

  readonly #say = (what: string): string => `home ${this.#home}, ${what}`;
}
