import { energyBases } from '@hearth/sdk/protocol';
import type { Control } from '../../channel/message-schemas.ts';
import type { EnclaveClock } from '../keys/enclave-clock.ts';
import { splitExactly } from './split-exactly.ts';

/** Tokens that a job has had evaluated and generated so far. */
export type TokensSoFar = { readonly inputTokens: number; readonly outputTokens: number };

/** What a receipt says of a job's energy. */
export type EnergyStatement = { readonly energyMilliJoules: bigint; readonly energyBasis: number };

/** The energy of one job, as its receipts state it. */
export interface JobEnergy {
  /** All of it up to now; each statement is part of the sums from then on. */
  state(): EnergyStatement;
  /** No further statement follows. */
  end(): void;
}

type OpenJob = {
  readonly tokens: () => TokensSoFar;
  counted: TokensSoFar;
  milliJoules: number;
  /** False: it ran for a while in which nobody metered. */
  isMetered: boolean;
};

/** The host speaks every 5 s; after three times that nobody knows what the node draws. */
const SILENT_AFTER_MS = 15_000;
/** How fast "joules per token beside what was calibrated" follows the meter. */
const LEARNING_SHARE = 0.3;
const NOTHING: EnergyStatement = { energyMilliJoules: 0n, energyBasis: energyBases.none };

/**
 * Shares the energy that the host declares among jobs by their tokens. The total is the host's word; the tokens and the
 * sharing are this enclave's. A receipt cannot wait for the meter: what a job has used since the host last spoke is stated
 * ahead, at the rate that the meter has shown, and taken off what the host declares next. So all receipts together never
 * state more than was declared, but for what is ahead at the moment.
 */
export class EnergyShares {
  readonly #clock: Pick<EnclaveClock, 'nowMs'>;
  readonly #jobs = new Set<OpenJob>();
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #weights = { inputMilliJoules: 0, outputMilliJoules: 0 };
  /** Metered over calibrated. */
  #rate = 1;
  /** Of what was stated ahead: its weight since the host last spoke, and what the host has yet to declare for it. */
  #aheadWeight = 0;
  #aheadMilliJoules = 0;

  constructor(clock: Pick<EnclaveClock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** @param tokens of the job, at any time while it is open */
  open(tokens: () => TokensSoFar): JobEnergy {
    const job: OpenJob = { tokens, counted: tokens(), milliJoules: 0, isMetered: this.#isHeard() };
    this.#jobs.add(job);
    return {
      state: () => this.#state(job),
      end: () => void this.#jobs.delete(job),
    };
  }

  /** Energy of the node's work since the host's last word. */
  declare({ workMilliJoules, inputMicroJoules, outputMicroJoules }: Control<'energy'>): void {
    const wasHeard = this.#isHeard();
    const jobs = [...this.#jobs];
    if (!wasHeard) for (const job of jobs) job.isMetered = false;
    const weights = jobs.map((job) => this.#takeWeight(job));
    const weight = this.#aheadWeight + weights.reduce((sum, each) => sum + each, 0);
    const left = workMilliJoules - this.#aheadMilliJoules;
    if (wasHeard && weight > 0) this.#learn(workMilliJoules / weight);
    for (const [index, share] of splitExactly(Math.max(0, left), weights).entries()) {
      const job = jobs[index];
      if (job) job.milliJoules += share;
    }
    this.#aheadMilliJoules = Math.max(0, -left);
    this.#aheadWeight = 0;
    this.#weights = {
      inputMilliJoules: inputMicroJoules / 1_000,
      outputMilliJoules: outputMicroJoules / 1_000,
    };
    this.#heardAtMs = this.#clock.nowMs();
  }

  #state(job: OpenJob): EnergyStatement {
    if (!this.#isHeard()) job.isMetered = false;
    if (!job.isMetered) return NOTHING;
    const weight = this.#takeWeight(job);
    const ahead = Math.round(weight * this.#rate);
    job.milliJoules += ahead;
    this.#aheadWeight += weight;
    this.#aheadMilliJoules += ahead;
    return { energyMilliJoules: BigInt(job.milliJoules), energyBasis: energyBases.estimated };
  }

  /** What the job's tokens since the last time cost by calibration. An answer that was taken back has cost no less. */
  #takeWeight(job: OpenJob): number {
    const now = job.tokens();
    const input = Math.max(0, now.inputTokens - job.counted.inputTokens);
    const output = Math.max(0, now.outputTokens - job.counted.outputTokens);
    job.counted = now;
    return input * this.#weights.inputMilliJoules + output * this.#weights.outputMilliJoules;
  }

  #learn(seen: number): void {
    this.#rate += (seen - this.#rate) * LEARNING_SHARE;
  }

  #isHeard(): boolean {
    return this.#clock.nowMs() - this.#heardAtMs <= SILENT_AFTER_MS;
  }
}
