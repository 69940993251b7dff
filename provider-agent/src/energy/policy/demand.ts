import type { PolicyInput } from './cycle.ts';
import { energyCostPerKwh } from './energy-cost.ts';
import type { EnergyPrices, PolicyConfig, Reason } from './policy-types.ts';
import { surplusW } from './surplus.ts';

/** What economics would like, below whatever safety allows. */
export type Demand = {
  /** Reason enough to start. */
  readonly starts: boolean;
  /** Reason enough to go on. */
  readonly supports: boolean;
  /** The start must be justified for a while first: clouds pass. */
  readonly needsHold: boolean;
  readonly targetW: number;
  /** Why, running; and why not, resting. */
  readonly reason: Reason;
  readonly surplusW: number | undefined;
  /** At full power. */
  readonly costPerKwh: number;
};

/** More surplus than the smallest point needs, before the node starts on it. */
export const START_MARGIN_W = 100;

/** The five modes, as evcc's users know them. */
export function demand(
  config: PolicyConfig,
  { owner, site, prices, terms, isBatteryAssured }: PolicyInput,
): Demand {
  const minimumW = config.points[0]?.watts ?? 0;
  const maximumW = config.points.at(-1)?.watts ?? 0;
  const surplus = surplusW(site, owner, config.hasBattery, isBatteryAssured);
  const costPerKwh = energyCostPerKwh(maximumW, surplus ?? 0, site.batteryW ?? 0, prices, terms);
  const always = { starts: true, supports: true, needsHold: false, surplusW: surplus, costPerKwh };
  switch (owner.mode) {
    case 'now':
      return { ...always, targetW: maximumW, reason: { code: 'running_now' } };
    case 'min+solar': {
      const targetW = Math.max(minimumW, surplus ?? 0);
      const code = targetW > minimumW ? 'running_on_surplus' : 'running_at_minimum';
      return { ...always, targetW, reason: { code } };
    }
    case 'cheap':
      if (isCheap(config, costPerKwh, prices))
        return { ...always, targetW: maximumW, reason: { code: 'running_cheap' } };
      return solar(surplus, costPerKwh, minimumW, 'energy_too_expensive');
    default:
      return solar(surplus, costPerKwh, minimumW, 'too_little_surplus');
  }
}

function solar(
  surplus: number | undefined,
  costPerKwh: number,
  minimumW: number,
  without: 'too_little_surplus' | 'energy_too_expensive',
): Demand {
  const supports = surplus !== undefined && surplus >= minimumW;
  const code = supports ? 'running_on_surplus' : surplus === undefined ? 'surplus_unknown' : without;
  return {
    starts: surplus !== undefined && surplus >= minimumW + START_MARGIN_W,
    supports,
    needsHold: true,
    targetW: surplus ?? 0,
    reason: { code, watts: surplus },
    surplusW: surplus,
    costPerKwh,
  };
}

function isCheap(config: PolicyConfig, costPerKwh: number, { gramsPerKwh }: EnergyPrices): boolean {
  const { cheapBelowPerKwh, cheapBelowGramsPerKwh } = config;
  if (cheapBelowPerKwh !== undefined && costPerKwh <= cheapBelowPerKwh) return true;
  return (
    cheapBelowGramsPerKwh !== undefined && gramsPerKwh !== undefined && gramsPerKwh <= cheapBelowGramsPerKwh
  );
}
