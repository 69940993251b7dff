import type { LimitCode, OwnerWishes, PolicyConfig, SiteView } from './policy-types.ts';

/** What the safety loop has to remember from cycle to cycle: both are there so that a limit does not flutter. */
export type Held = { readonly isReserveHeld: boolean; readonly isThermalHeld: boolean };

export type Allowance = {
  /** Hard ceiling of the whole node, applied in this cycle. */
  readonly watts: number;
  readonly code: LimitCode;
  readonly subject: string | undefined;
  readonly held: Held;
};

/** The node may go back over this much below the limit. */
const THERMAL_BAND_K = 5;
export const RESERVE_BAND_PERCENT = 3;
export const STILL_IMPORT_W = 100;

/**
 * Safety: what the node may draw at most, from limits, events and reserve. No timers and no favours: whatever is not known
 * counts as the worst case.
 */
export function allowance(config: PolicyConfig, owner: OwnerWishes, site: SiteView, held: Held): Allowance {
  let watts = config.points.at(-1)?.watts ?? 0;
  let code: LimitCode = 'node_maximum';
  let subject: string | undefined;
  const cap = (limitW: number, limitCode: LimitCode, limitSubject?: string) => {
    if (limitW >= watts) return;
    watts = limitW;
    code = limitCode;
    subject = limitSubject;
  };
  const { nodeW } = site;

  for (const { id, limitW, loadW } of site.circuits) {
    if (loadW === undefined) cap(Math.min(config.staticSafeW, limitW), 'circuit_meter_unknown', id);
    // What else is on the circuit is never less than nothing: a meter that says so lies or is wired the other way.
    else cap(limitW - Math.max(0, loadW - nodeW), 'circuit_limit', id);
  }
  for (const importCap of site.importCaps) {
    const { worstGridW } = site;
    if (worstGridW === undefined) cap(config.staticSafeW, 'import_meter_unknown', importCap.subject);
    else cap(importCap.capW - (worstGridW - nodeW), 'import_cap', importCap.subject);
  }
  if (owner.capW !== undefined) cap(owner.capW, 'user_cap');

  const isThermalHeld = config.maxTemperatureC !== undefined && isTooHot(config.maxTemperatureC, site, held);
  if (isThermalHeld) cap(0, site.temperatureC === undefined ? 'temperature_unknown' : 'temperature');

  const isReserveHeld = config.hasBattery && isReserveTouched(owner, site, held);
  if (isReserveHeld) cap(withoutBatteryW(site), 'battery_reserve');

  watts = Math.max(0, watts);
  if (site.event && site.event.factor < 1) {
    const limitedW = watts * site.event.factor;
    if (limitedW < watts || site.event.factor === 0) cap(limitedW, 'demand_event', site.event.subject);
  }
  if (site.isIslanded) cap(0, 'islanded');
  return { watts, code, subject, held: sameHeld(held, isReserveHeld, isThermalHeld) };
}

function isTooHot(maxC: number, { temperatureC }: SiteView, { isThermalHeld }: Held): boolean {
  if (temperatureC === undefined) return true;
  return temperatureC > maxC - (isThermalHeld ? THERMAL_BAND_K : 0);
}

/** At the reserve, and the battery delivers: held until it is clearly above, because the node's own stop ends the delivery. */
function isReserveTouched({ reservePercent }: OwnerWishes, site: SiteView, { isReserveHeld }: Held): boolean {
  if (reservePercent === undefined) return false;
  const { socPercent, batteryW, gridW } = site;
  const delivers = batteryW === undefined || batteryW > 0;
  if (socPercent === undefined) return isReserveHeld || delivers;
  // The home imports and the battery keeps still: it would not carry the node either.
  if (!delivers && gridW !== undefined && gridW > STILL_IMPORT_W) return false;
  if (isReserveHeld) return socPercent < reservePercent + RESERVE_BAND_PERCENT;
  return socPercent <= reservePercent && delivers;
}

/** What the sun leaves for the node when neither the battery nor, in its place, the grid is to carry it. */
function withoutBatteryW({ nodeW, batteryW, gridW }: SiteView): number {
  if (batteryW === undefined || gridW === undefined) return 0;
  return Math.min(nodeW - batteryW, nodeW - batteryW - gridW);
}

function sameHeld(held: Held, isReserveHeld: boolean, isThermalHeld: boolean): Held {
  const isSame = held.isReserveHeld === isReserveHeld && held.isThermalHeld === isThermalHeld;
  return isSame ? held : { isReserveHeld, isThermalHeld };
}
