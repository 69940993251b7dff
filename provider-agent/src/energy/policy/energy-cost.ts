import type { EnergyPrices } from './policy-types.ts';

export type CostTerms = {
  /** Cost of one kWh through the battery: what charging cost, losses and wear included. */
  readonly batteryPerKwh: number;
  /** The owner's own price of a tonne of CO₂; 0 by default. */
  readonly carbonPerTonne: number;
};

/**
 * Cost per kWh of running the node at `watts`: surplus costs the export price that it would have earned, energy from the
 * battery what it cost to store, the rest the import price.
 *
 * @param surplusW what the node may use without import
 * @param batteryW what the battery delivers at the moment (+ = discharge)
 */
export function energyCostPerKwh(
  watts: number,
  surplusW: number,
  batteryW: number,
  { importPerKwh, exportPerKwh, gramsPerKwh }: EnergyPrices,
  { batteryPerKwh, carbonPerTonne }: CostTerms,
): number {
  const solarW = Math.max(0, Math.min(watts, surplusW));
  const storedW = Math.max(0, Math.min(watts - solarW, batteryW));
  const importedW = watts - solarW - storedW;
  const cost = solarW * exportPerKwh + storedW * batteryPerKwh + importedW * importPerKwh;
  return cost / watts + carbonPerTonne * (gramsPerKwh ?? 0) * 1e-6;
}

/** @param wearPerKwh price of the battery divided by the kWh that it will deliver in its life */
export function storedEnergyPerKwh(chargedAtPerKwh: number, efficiency: number, wearPerKwh: number): number {
  return chargedAtPerKwh / efficiency + wearPerKwh;
}
