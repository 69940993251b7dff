import { WorkSums } from '../account/work-sums.ts';
import { type CostTerms, energyCostPerKwh } from '../policy/energy-cost.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import type { PriceTerms } from '../price/ask-price.ts';
import type { ShadowReport } from '../snapshot.ts';
import { type CycleResult, MAX_CYCLE_MS } from './energy-loop.ts';

/** "Would have earned": what a policy that only looks would have made of the time since the agent started. */
export class ShadowRun {
  readonly #policy: PolicyConfig;
  readonly #terms: PriceTerms & CostTerms;
  readonly #idleW: number;
  readonly #fromMs: number;
  readonly #work: WorkSums;
  #lastMs: number;
  #nodeKwh = 0;
  #energyCost = 0;

  constructor(policy: PolicyConfig, terms: PriceTerms & CostTerms, idleW: number, nowMs: number) {
    this.#policy = policy;
    this.#terms = terms;
    this.#idleW = idleW;
    this.#work = new WorkSums(policy, terms);
    this.#fromMs = nowMs;
    this.#lastMs = nowMs;
  }

  get report(): ShadowReport {
    const { safeStops: _, ...work } = this.#work.report;
    return { fromMs: this.#fromMs, ...work, nodeKwh: this.#nodeKwh, energyCost: this.#energyCost };
  }

  cycle({ atMs, view, prices, decision }: CycleResult): void {
    const passedMs = Math.min(MAX_CYCLE_MS, atMs - this.#lastMs);
    this.#lastMs = atMs;
    this.#work.add(decision, atMs, passedMs);
    const { state, surplusW } = decision;
    const point = state.name === 'run' ? this.#policy.points[state.point] : undefined;
    const nodeW = point?.watts ?? this.#idleW;
    if (nodeW <= 0) return;
    const paid = { ...this.#terms, carbonPerTonne: 0 }; // a wish of the owner, not money that is paid
    const perKwh = energyCostPerKwh(nodeW, surplusW ?? 0, view.batteryW ?? 0, prices, paid);
    const kwh = (nodeW * passedMs) / 3.6e9;
    this.#nodeKwh += kwh;
    this.#energyCost += kwh * perKwh;
  }
}
