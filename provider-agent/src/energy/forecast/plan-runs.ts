import { START_MARGIN_W } from '../policy/demand.ts';
import { type CostTerms, energyCostPerKwh } from '../policy/energy-cost.ts';
import { largestWithin } from '../policy/operating-point.ts';
import type { EnergyPrices, OwnerWishes, PolicyConfig } from '../policy/policy-types.ts';
import { RESIDUAL_W } from '../policy/surplus.ts';
import type { SiteForecast } from './forecaster.ts';

/** One quarter of an hour to come, and what the node will do in it if nothing else happens. */
export type PlannedQuarter = {
  readonly startMs: number;
  readonly endMs: number;
  readonly forecast: SiteForecast;
  readonly prices: EnergyPrices;
  /** By the middle of the forecast, and by what nine in ten such quarters have at least. */
  readonly plannedW: number;
  readonly assuredW: number;
  readonly costPerKwh: number;
};

export type PlanParts = {
  readonly policy: PolicyConfig;
  readonly owner: OwnerWishes;
  readonly terms: CostTerms;
  pricesAt(atMs: number): EnergyPrices;
  /** Cap of quiet hours; undefined outside of them. */
  quietCapWAt(atMs: number): number | undefined;
};

/** What the owner's mode makes of a forecast. The battery is left out: what it will take and give is not foreseen. */
export function planRuns(forecast: readonly SiteForecast[], parts: PlanParts): PlannedQuarter[] {
  return forecast.map((slot) => {
    const { startMs, endMs, pvW, restW } = slot;
    const prices = parts.pricesAt(startMs);
    const wattsFor = (sunW: number) => plannedW(sunW - restW - RESIDUAL_W, startMs, prices, parts);
    const watts = wattsFor(pvW.p50);
    const surplusW = Math.max(0, pvW.p50 - restW - RESIDUAL_W);
    const atW = watts || (parts.policy.points.at(-1)?.watts ?? 1);
    return {
      ...{ startMs, endMs, forecast: slot, prices },
      plannedW: watts,
      assuredW: wattsFor(pvW.p10),
      costPerKwh: energyCostPerKwh(atW, surplusW, 0, prices, parts.terms),
    };
  });
}

/** Draw of the operating point that the mode would choose; 0: no work. */
function plannedW(surplusW: number, atMs: number, prices: EnergyPrices, parts: PlanParts): number {
  const { policy, owner } = parts;
  if (owner.pausedUntilMs !== undefined && atMs < owner.pausedUntilMs) return 0;
  const capW = Math.min(
    owner.capW ?? Number.POSITIVE_INFINITY,
    parts.quietCapWAt(atMs) ?? Number.POSITIVE_INFINITY,
  );
  const targetW = targetOf(surplusW, prices, parts);
  return policy.points[largestWithin(policy.points, Math.min(capW, targetW))]?.watts ?? 0;
}

function targetOf(surplusW: number, prices: EnergyPrices, { policy, owner, terms }: PlanParts): number {
  const minimumW = policy.points[0]?.watts ?? 0;
  const maximumW = policy.points.at(-1)?.watts ?? 0;
  const onSun = surplusW >= minimumW + START_MARGIN_W ? surplusW : 0;
  switch (owner.mode) {
    case 'off':
      return 0;
    case 'now':
      return maximumW;
    case 'min+solar':
      return Math.max(minimumW, surplusW);
    case 'cheap': {
      const costPerKwh = energyCostPerKwh(maximumW, Math.max(0, surplusW), 0, prices, terms);
      const { cheapBelowPerKwh = Number.NEGATIVE_INFINITY, cheapBelowGramsPerKwh } = policy;
      const isClean =
        cheapBelowGramsPerKwh !== undefined && (prices.gramsPerKwh ?? Number.NaN) <= cheapBelowGramsPerKwh;
      return costPerKwh <= cheapBelowPerKwh || isClean ? maximumW : onSun;
    }
    case 'solar':
      return onSun;
  }
}
