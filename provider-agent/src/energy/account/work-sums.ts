import type { CostTerms } from '../policy/energy-cost.ts';
import type { Decision } from '../policy/policy.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import { askPrices, type PriceTerms } from '../price/ask-price.ts';

/** What the node would have done, and made at most. */
export type WorkReport = {
  readonly hoursAtWork: number;
  readonly starts: number;
  readonly safeStops: number;
  /** Had every slot been sold all the time. */
  readonly outputTokens: number;
  /** For them, at the ask of each moment, after the market's fee. */
  readonly mostUsd: number;
};

const NOTHING: WorkReport = { hoursAtWork: 0, starts: 0, safeStops: 0, outputTokens: 0, mostUsd: 0 };

/** Adds up what a policy decides, as if the node had obeyed and every slot had been sold. */
export class WorkSums {
  readonly #policy: PolicyConfig;
  readonly #terms: PriceTerms & CostTerms;
  #workMs: number;
  #starts: number;
  #lastStartMs: number | undefined;
  #safeStops: number;
  #tokens: number;
  #usd: number;
  #wasStopped = false;

  /** @param before what it goes on from */
  constructor(policy: PolicyConfig, terms: PriceTerms & CostTerms, before = NOTHING) {
    this.#policy = policy;
    this.#terms = terms;
    this.#workMs = before.hoursAtWork * 3_600_000;
    this.#starts = before.starts;
    this.#safeStops = before.safeStops;
    this.#tokens = before.outputTokens;
    this.#usd = before.mostUsd;
  }

  add({ state, costPerKwh }: Decision, nowMs: number, passedMs: number): void {
    const startedMs = state.startsMs.at(-1);
    if (startedMs === nowMs && startedMs !== this.#lastStartMs) this.#starts += 1;
    this.#lastStartMs = startedMs;
    if (state.stop && !this.#wasStopped) this.#safeStops += 1;
    this.#wasStopped = state.stop !== undefined;
    const point = this.#policy.points[state.point];
    if (!point || state.name !== 'run') return;
    this.#workMs += passedMs;
    const tokens = (point.tokensPerSecond * passedMs) / 1_000;
    const { outputMicroUsdPerMTok } = askPrices(point, costPerKwh, this.#terms);
    this.#tokens += tokens;
    this.#usd += (tokens * outputMicroUsdPerMTok * (1 - this.#terms.feeShare)) / 1e12;
  }

  get report(): WorkReport {
    return {
      hoursAtWork: this.#workMs / 3_600_000,
      starts: this.#starts,
      safeStops: this.#safeStops,
      outputTokens: Math.round(this.#tokens),
      mostUsd: this.#usd,
    };
  }
}
