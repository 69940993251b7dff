import { bestWithin } from '../policy/operating-point.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import { askPrices, type PriceTerms } from '../price/ask-price.ts';
import type { PlannedQuarter } from './plan-runs.ts';

/** A stretch of time in which the node will be for sale, and for how much. The market may count on p10 only. */
export type RunWindow = {
  readonly startMs: number;
  readonly endMs: number;
  readonly kwhP10: number;
  readonly kwhP50: number;
  readonly inputMicroUsdPerMTok: number;
  readonly outputMicroUsdPerMTok: number;
  readonly basis: 'estimated';
};

/** Planned quarters that follow each other, as one. */
export function runWindows(
  planned: readonly PlannedQuarter[],
  { points }: Pick<PolicyConfig, 'points'>,
  terms: PriceTerms,
): RunWindow[] {
  const stretches: PlannedQuarter[][] = [];
  for (const quarter of planned) {
    if (quarter.plannedW === 0) continue;
    const last = stretches.at(-1);
    if (last?.at(-1)?.endMs === quarter.startMs) last.push(quarter);
    else stretches.push([quarter]);
  }
  return stretches.flatMap((quarters) => {
    const kwh = (of: (quarter: PlannedQuarter) => number) =>
      quarters.reduce((sum, quarter) => sum + (of(quarter) * (quarter.endMs - quarter.startMs)) / 3.6e9, 0);
    const kwhP50 = kwh(({ plannedW }) => plannedW);
    const cost = kwh(({ plannedW, costPerKwh }) => plannedW * costPerKwh) / kwhP50;
    const most = Math.max(...quarters.map(({ plannedW }) => plannedW));
    const point = points[bestWithin(points, most, undefined)];
    const [first, last] = [quarters[0], quarters.at(-1)];
    if (!point || !first || !last) return [];
    return [
      {
        ...{ startMs: first.startMs, endMs: last.endMs, kwhP50, basis: 'estimated' as const },
        kwhP10: kwh(({ assuredW, plannedW }) => Math.min(assuredW, plannedW)),
        ...askPrices(point, cost, terms),
      },
    ];
  });
}
