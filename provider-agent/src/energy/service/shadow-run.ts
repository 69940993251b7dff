import { createHash } from 'node:crypto';
import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { readIfThere } from '../../host/durable-file.ts';
import { NewestFile } from '../../host/newest-file.ts';
import { WorkSums } from '../account/work-sums.ts';
import { type CostTerms, energyCostPerKwh } from '../policy/energy-cost.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import type { PriceTerms } from '../price/ask-price.ts';
import type { ShadowReport } from '../snapshot.ts';
import { type CycleResult, MAX_CYCLE_MS } from './energy-loop.ts';

export type ShadowTerms = {
  readonly policy: PolicyConfig;
  readonly terms: PriceTerms & CostTerms;
  readonly idleW: number;
};

const sum = z.number().min(0);
const shadowFile = z.strictObject({
  v: z.literal(1),
  /** Of another policy, or of other prices, it would be another dry run. */
  basis: z.string(),
  fromMs: z.int(),
  work: z.strictObject({
    hoursAtWork: sum,
    starts: sum,
    safeStops: sum,
    outputTokens: sum,
    mostUsd: z.number(),
  }),
  nodeKwh: sum,
  energyCost: z.number(),
});
type ShadowFile = z.output<typeof shadowFile>;

/** "Would have earned": what a policy that only looks would have made of the time since the dry run began, over restarts. */
export class ShadowRun {
  readonly #file: NewestFile;
  readonly #basis: string;
  readonly #by: ShadowTerms;
  readonly #fromMs: number;
  readonly #work: WorkSums;
  #lastMs: number;
  #nodeKwh: number;
  #energyCost: number;

  private constructor(
    file: NewestFile,
    basis: string,
    by: ShadowTerms,
    before: ShadowFile | undefined,
    nowMs: number,
  ) {
    this.#file = file;
    this.#basis = basis;
    this.#by = by;
    this.#work = new WorkSums(by.policy, by.terms, before?.work);
    this.#fromMs = before?.fromMs ?? nowMs;
    this.#nodeKwh = before?.nodeKwh ?? 0;
    this.#energyCost = before?.energyCost ?? 0;
    this.#lastMs = nowMs;
  }

  static async open(
    path: string,
    by: ShadowTerms,
    nowMs: number,
    onFailure: (error: unknown) => void,
  ): Promise<ShadowRun> {
    const basis = createHash('sha256').update(JSON.stringify(by)).digest('hex');
    const kept = shadowFile.safeParse(parseJson((await readIfThere(path)) ?? '')).data;
    const file = new NewestFile(path, onFailure);
    return new ShadowRun(file, basis, by, kept?.basis === basis ? kept : undefined, nowMs);
  }

  get report(): ShadowReport {
    const { safeStops: _, ...work } = this.#work.report;
    return { fromMs: this.#fromMs, ...work, nodeKwh: this.#nodeKwh, energyCost: this.#energyCost };
  }

  save(): void {
    const kept: ShadowFile = {
      v: 1,
      ...{ basis: this.#basis, fromMs: this.#fromMs, work: this.#work.report },
      ...{ nodeKwh: this.#nodeKwh, energyCost: this.#energyCost },
    };
    this.#file.write(`${JSON.stringify(kept)}\n`);
  }

  /** Resolves when what was saved is on the disk. */
  saved(): Promise<void> {
    return this.#file.settled();
  }

  cycle({ atMs, view, prices, decision }: CycleResult): void {
    const { policy, terms, idleW } = this.#by;
    const passedMs = Math.min(MAX_CYCLE_MS, atMs - this.#lastMs);
    this.#lastMs = atMs;
    this.#work.add(decision, atMs, passedMs);
    const { state, surplusW } = decision;
    const point = state.name === 'run' ? policy.points[state.point] : undefined;
    const nodeW = point?.watts ?? idleW;
    if (nodeW <= 0) return;
    const paid = { ...terms, carbonPerTonne: 0 }; // a wish of the owner, not money that is paid
    const perKwh = energyCostPerKwh(nodeW, surplusW ?? 0, view.batteryW ?? 0, prices, paid);
    const kwh = (nodeW * passedMs) / 3.6e9;
    this.#nodeKwh += kwh;
    this.#energyCost += kwh * perKwh;
  }
}
