import { RESERVE_BAND_PERCENT, STILL_IMPORT_W } from '../policy/allowance.ts';
import { START_MARGIN_W } from '../policy/demand.ts';
import { type CostTerms, energyCostPerKwh } from '../policy/energy-cost.ts';
import { largestWithin } from '../policy/operating-point.ts';
import type { EnergyPrices, OwnerWishes, PolicyConfig } from '../policy/policy-types.ts';
import { RESIDUAL_W } from '../policy/surplus.ts';
import type { SiteForecast } from './forecaster.ts';
import { type Battery, batteryFlow, socOf } from './planned-battery.ts';
import type { Quantiles } from './quantiles.ts';
import { isBatteryAssured } from './sun-for-battery.ts';

/** One quarter of an hour to come, and what the node will do in it if nothing else happens. */
export type PlannedQuarter = {
  readonly startMs: number;
  readonly endMs: number;
  readonly forecast: SiteForecast;
  readonly prices: EnergyPrices;
  /** By the middle of the forecast, and by what nine in ten such quarters have at least. */
  readonly plannedW: number;
  readonly assuredW: number;
  /** Of the node as planned; where it rests, of the node at full power. */
  readonly costPerKwh: number;
  /** At its end, by the middle of the forecast, and what the battery delivers (+) or takes; undefined without a battery that is known. */
  readonly battery: { readonly socPercent: number; readonly batteryW: number } | undefined;
};

export type PlanParts = {
  readonly nowMs: number;
  readonly policy: PolicyConfig;
  readonly owner: OwnerWishes;
  readonly terms: CostTerms;
  /** As it is now; undefined: there is none, or too little is known of it to plan with. */
  readonly battery: (Battery & { readonly storedWh: number; readonly isAssured: boolean }) | undefined;
  pricesAt(atMs: number): EnergyPrices;
  /** Cap of quiet hours; undefined outside of them. */
  quietCapWAt(atMs: number): number | undefined;
  /** What the grid has called for then: the share that stays of what the node may draw, and the least cap of the home's import. */
  gridLimitsAt(atMs: number): GridLimits;
  dayEndMs(atMs: number): number;
};

export type GridLimits = { readonly factor: number; readonly importCapW: number };

/** What a quarter leaves to the next one. */
type Course = {
  readonly storedWh: number;
  readonly isReserveHeld: boolean;
  readonly isAssured: boolean;
  readonly nodeW: number;
};
type Step = { readonly after: Course; readonly costPerKwh: number; readonly batteryW: number };

/** What the owner's mode makes of a forecast, quarter by quarter, the battery's charge carried along. */
export function planRuns(forecast: readonly SiteForecast[], parts: PlanParts): PlannedQuarter[] {
  const middle = stepsOf(forecast, parts, ({ p50 }) => p50);
  const assured = stepsOf(forecast, parts, ({ p10 }) => p10);
  return forecast.map((slot, index) => {
    const { startMs, endMs } = slot;
    const { after, costPerKwh, batteryW } = middle[index] as Step;
    return {
      ...{ startMs, endMs, forecast: slot, prices: parts.pricesAt(startMs) },
      ...{ plannedW: after.nodeW, assuredW: (assured[index] as Step).after.nodeW, costPerKwh },
      battery: parts.battery && { socPercent: socOf(parts.battery, after.storedWh), batteryW },
    };
  });
}

function stepsOf(
  forecast: readonly SiteForecast[],
  parts: PlanParts,
  sunOf: (pvW: Quantiles) => number,
): Step[] {
  const { storedWh = 0, isAssured = false } = parts.battery ?? {};
  let course: Course = { storedWh, isAssured, isReserveHeld: false, nodeW: 0 };
  return forecast.map((slot, index) => {
    const assured = { ...course, isAssured: isAssuredFrom(forecast.slice(index), course, parts) };
    const step = stepOf(slot, sunOf(slot.pvW) - slot.restW, assured, parts);
    course = step.after;
    return step;
  });
}

/** @param leftW of the sun, when the home is served */
function stepOf({ startMs, endMs }: SiteForecast, leftW: number, before: Course, parts: PlanParts): Step {
  const { policy, terms, battery, nowMs } = parts;
  const hours = (endMs - Math.max(startMs, nowMs)) / 3_600_000;
  const prices = parts.pricesAt(startMs);
  const flowAt = (nodeW: number) =>
    battery
      ? batteryFlow(battery, before.storedWh, leftW - nodeW, hours)
      : { batteryW: 0, storedWh: before.storedWh };
  const chargesFirstW = isBatteryFirst(before, parts) ? Math.max(0, -flowAt(0).batteryW) : 0;
  const surplusW = leftW - chargesFirstW - RESIDUAL_W;
  const targetW = targetOf(surplusW, flowAt(before.nodeW).batteryW, prices, parts);
  const pointWithin = (capW: number) =>
    policy.points[largestWithin(policy.points, Math.min(capW, targetW))]?.watts ?? 0;
  const capW = Math.min(capOf(startMs, parts), gridCapOf(startMs, leftW, parts));
  const wishedW = pointWithin(capW);
  const isReserveHeld = isReserveTouched(flowAt(wishedW), leftW - wishedW, before, parts);
  const nodeW = isReserveHeld ? pointWithin(Math.min(capW, leftW)) : wishedW;
  const { storedWh, batteryW } = flowAt(nodeW);
  const atW = nodeW || (policy.points.at(-1)?.watts ?? 1);
  return {
    after: { storedWh, isReserveHeld, isAssured: before.isAssured, nodeW },
    costPerKwh: energyCostPerKwh(atW, leftW, flowAt(atW).batteryW, prices, terms),
    batteryW,
  };
}

function isBatteryFirst({ storedWh, isAssured }: Course, { battery, owner }: PlanParts): boolean {
  const { batteryFirstPercent } = owner;
  if (!battery || batteryFirstPercent === undefined || isAssured) return false;
  return socOf(battery, storedWh) < batteryFirstPercent;
}

function isAssuredFrom(
  forecast: readonly SiteForecast[],
  { storedWh, isAssured }: Course,
  { battery, owner: { batteryFirstPercent }, dayEndMs }: PlanParts,
): boolean {
  const [first] = forecast;
  if (!battery || batteryFirstPercent === undefined || !first) return false;
  const missingWh = Math.max(0, (batteryFirstPercent / 100) * battery.capacityWh - storedWh);
  return isBatteryAssured(forecast, missingWh, battery.efficiency, dayEndMs(first.startMs), isAssured);
}

/** As the policy will have it: the reserve is not for the node, and neither is the grid in its place. */
function isReserveTouched(
  flow: { readonly batteryW: number; readonly storedWh: number },
  leftW: number,
  before: Course,
  { battery, owner: { reservePercent } }: PlanParts,
): boolean {
  if (!battery || reservePercent === undefined) return false;
  // Empty: it keeps still, and the home imports with or without the node.
  if (flow.batteryW <= 0 && leftW < -STILL_IMPORT_W) return false;
  if (before.isReserveHeld && socOf(battery, before.storedWh) < reservePercent + RESERVE_BAND_PERCENT)
    return true;
  return flow.batteryW > 0 && socOf(battery, flow.storedWh) < reservePercent;
}

/** By pause and quiet hours, and the owner's own cap. */
function capOf(atMs: number, { owner, quietCapWAt }: PlanParts): number {
  if (owner.pausedUntilMs !== undefined && atMs < owner.pausedUntilMs) return 0;
  return Math.min(owner.capW ?? Number.POSITIVE_INFINITY, quietCapWAt(atMs) ?? Number.POSITIVE_INFINITY);
}

/** A battery that would keep the import down is not counted on. */
function gridCapOf(atMs: number, leftW: number, { policy, gridLimitsAt }: PlanParts): number {
  const { factor, importCapW } = gridLimitsAt(atMs);
  return factor * Math.max(0, Math.min(policy.points.at(-1)?.watts ?? 0, importCapW + leftW));
}

/** @param batteryW what it delivers when the decision falls */
function targetOf(
  surplusW: number,
  batteryW: number,
  prices: EnergyPrices,
  { policy, owner, terms }: PlanParts,
): number {
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
      const costPerKwh = energyCostPerKwh(maximumW, surplusW, batteryW, prices, terms);
      const { cheapBelowPerKwh = Number.NEGATIVE_INFINITY, cheapBelowGramsPerKwh } = policy;
      const isClean =
        cheapBelowGramsPerKwh !== undefined && (prices.gramsPerKwh ?? Number.NaN) <= cheapBelowGramsPerKwh;
      return costPerKwh <= cheapBelowPerKwh || isClean ? maximumW : onSun;
    }
    case 'solar':
      return onSun;
  }
}
