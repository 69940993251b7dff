import { outcomes } from '@hearth/sdk/protocol';
import { type PairId, pairId } from '../journal/journal-state.ts';
import type { EarningsEntry, JobEntry } from './earnings-entry.ts';

const PICO_PER_MICRO = 1_000_000n;
/** Jobs that are known one by one: more than the journal holds of finished ones when it is told again. */
const KNOWN_JOBS = 5_000;

/** `pending`, `paid` and `lost` are states of the same money: together they are `earned`, to the last pico-dollar. */
export type EarningsTotals = {
  readonly earnedPicoUsd: bigint;
  /** In receipts, and not yet seen as paid. */
  readonly pendingPicoUsd: bigint;
  /** By the chain, before the market's fee. */
  readonly paidPicoUsd: bigint;
  readonly lostPicoUsd: bigint;
};

export type DayEarnings = {
  readonly jobs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly picoUsd: bigint;
};

type PairEarnings = { sequence: bigint; cumulativePicoUsd: bigint; paidMicroUsd: bigint; isLost: boolean };

/** The fold of all entries: totals, days and the newest jobs. */
export class EarningsBook {
  readonly #dayOf: (atMs: number) => string;
  readonly #pairs = new Map<PairId, PairEarnings>();
  readonly #days = new Map<string, DayEarnings>();
  readonly #jobs = new Map<JobEntry['jobId'], JobEntry>();

  /** @param dayOf names the local date of an instant, e.g. `2026-11-21` */
  constructor(dayOf: (atMs: number) => string) {
    this.#dayOf = dayOf;
  }

  /** Whether the entry says something new. The journal tells its newest receipts again after each restart. */
  isNew(entry: EarningsEntry): boolean {
    const pair = this.#pairs.get(pairId(entry.orderHash, entry.enclaveKey));
    switch (entry.kind) {
      case 'job':
        if (!pair || entry.sequence > pair.sequence) return true;
        // Jobs of one order overlap: an older receipt than the newest can still be the last one of its job.
        return entry.sequence < pair.sequence && isLaterThan(entry, this.#jobs.get(entry.jobId));
      case 'paid':
        return pair !== undefined && entry.paidMicroUsd > pair.paidMicroUsd;
      case 'lost':
        return pair !== undefined && !pair.isLost;
    }
  }

  apply(entry: EarningsEntry): void {
    if (!this.isNew(entry)) return;
    if (entry.kind === 'job') return this.#applyJob(entry);
    const pair = this.#pairs.get(pairId(entry.orderHash, entry.enclaveKey)) as PairEarnings;
    if (entry.kind === 'paid') pair.paidMicroUsd = entry.paidMicroUsd;
    else pair.isLost = true;
  }

  totals(): EarningsTotals {
    const totals = { earnedPicoUsd: 0n, pendingPicoUsd: 0n, paidPicoUsd: 0n, lostPicoUsd: 0n };
    for (const { cumulativePicoUsd, paidMicroUsd, isLost } of this.#pairs.values()) {
      const paid = paidMicroUsd * PICO_PER_MICRO;
      // The chain may know a newer receipt than we: what it has paid was earned.
      const earned = paid > cumulativePicoUsd ? paid : cumulativePicoUsd;
      totals.earnedPicoUsd += earned;
      totals.paidPicoUsd += paid;
      if (isLost) totals.lostPicoUsd += earned - paid;
      else totals.pendingPicoUsd += earned - paid;
    }
    return totals;
  }

  day(atMs: number): DayEarnings {
    return this.#days.get(this.#dayOf(atMs)) ?? NO_WORK;
  }

  month(atMs: number): DayEarnings {
    const month = this.#dayOf(atMs).slice(0, 7);
    return [...this.#days]
      .filter(([day]) => day.startsWith(month))
      .reduce((sum, [, day]) => add(sum, day), NO_WORK);
  }

  /** By date. */
  get days(): readonly (readonly [string, DayEarnings])[] {
    return [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Newest first. */
  newestJobs(count: number): JobEntry[] {
    return [...this.#jobs.values()].slice(-count).reverse();
  }

  #applyJob(entry: JobEntry): void {
    const id = pairId(entry.orderHash, entry.enclaveKey);
    const pair = this.#pairs.get(id) ?? {
      sequence: 0n,
      cumulativePicoUsd: 0n,
      paidMicroUsd: 0n,
      isLost: false,
    };
    if (entry.sequence > pair.sequence) {
      pair.sequence = entry.sequence;
      pair.cumulativePicoUsd = entry.cumulativePicoUsd;
      pair.isLost = false; // a newer receipt is a new claim
    }
    this.#pairs.set(id, pair);

    const before = this.#jobs.get(entry.jobId);
    if (before) this.#count(before, -1);
    this.#count(entry, 1);
    this.#jobs.delete(entry.jobId);
    this.#jobs.set(entry.jobId, entry);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > KNOWN_JOBS && oldest) this.#jobs.delete(oldest);
  }

  #count(entry: JobEntry, sign: 1 | -1): void {
    const day = this.#dayOf(entry.finishedAtMs);
    const change = {
      jobs: sign,
      inputTokens: sign * entry.inputTokens,
      outputTokens: sign * entry.outputTokens,
      picoUsd: BigInt(sign) * entry.amountPicoUsd,
    };
    this.#days.set(day, add(this.#days.get(day) ?? NO_WORK, change));
  }
}

const isLaterThan = (entry: JobEntry, known: JobEntry | undefined): boolean =>
  !known || known.sequence < entry.sequence;

const NO_WORK: DayEarnings = { jobs: 0, inputTokens: 0, outputTokens: 0, picoUsd: 0n };

function add(a: DayEarnings, b: DayEarnings): DayEarnings {
  return {
    jobs: a.jobs + b.jobs,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    picoUsd: a.picoUsd + b.picoUsd,
  };
}

/** A receipt in mid-stream, which a later one of the same job replaces. */
export const isInterim = (entry: JobEntry): boolean => entry.outcome === outcomes.interim;
