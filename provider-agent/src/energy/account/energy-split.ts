import type { SiteView } from '../policy/policy-types.ts';

/** Where the node's energy of a while came from, in Wh. */
export type EnergySplit = {
  readonly nodeWh: number;
  readonly solarWh: number;
  readonly batteryWh: number;
  readonly importWh: number;
};

/**
 * The node is counted last: surplus that the home did not need is its sun, then comes the battery, then the grid. What is not
 * known counts as import.
 */
export function splitEnergy({ nodeW, gridW, batteryW }: SiteView, hours: number): EnergySplit {
  const fromBattery = batteryW ?? 0;
  const solarW = gridW === undefined ? 0 : clamp(nodeW - Math.max(0, fromBattery) - gridW, nodeW);
  const storedW = clamp(fromBattery, nodeW - solarW);
  return {
    nodeWh: nodeW * hours,
    solarWh: solarW * hours,
    batteryWh: storedW * hours,
    importWh: (nodeW - solarW - storedW) * hours,
  };
}

const clamp = (watts: number, most: number) => Math.max(0, Math.min(most, watts));
