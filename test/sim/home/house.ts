import type { OperatingPoint, SiteConfig } from '@hearth/provider-agent/energy';

/** One house for all figures: 8 kW of panels, a 10 kWh battery, a node with one large GPU beside the oven. */
export const house = {
  panelPeakW: 8_000,
  batteryWh: 10_000,
  batteryMaxW: 4_600,
  batteryEfficiency: 0.95,
  /** The inverter's own floor; the owner's reserve is above it. */
  inverterFloorPercent: 5,
  reservePercent: 30,
  batteryFirstPercent: 60,
  /** Price of the battery per kWh that it will deliver. */
  batteryWearPerKwh: 0.08,
  carW: 7_400,
  ovenW: 2_600,
  idleW: 40,
  standingImportCapW: 9_500,
} as const;

/** What a capped GPU does: more watts, ever fewer tokens for them. */
export const points: readonly OperatingPoint[] = [
  point(1, 350, 60),
  point(2, 600, 130),
  point(3, 900, 190),
  point(4, 1_200, 230),
];

function point(slots: number, watts: number, tokensPerSecond: number): OperatingPoint {
  const joulesPerOutputToken = (watts - house.idleW) / tokensPerSecond;
  return {
    slots,
    powerCapW: undefined,
    watts,
    tokensPerSecond,
    inputTokensPerSecond: tokensPerSecond * 20,
    joulesPerInputToken: joulesPerOutputToken / 20,
    joulesPerOutputToken,
  };
}

export const site: SiteConfig = {
  hasPv: true,
  hasBattery: true,
  circuits: [
    { id: 'kitchen', breakerAmps: 16, volts: 230, continuousShare: 0.8, measuredBy: 'meter' },
    { id: 'main', breakerAmps: 63, volts: 230, continuousShare: 0.8, measuredBy: 'grid' },
  ],
  importCapsW: [{ subject: 'contract', capW: house.standingImportCapW }],
  hasImportLimitSensor: false,
  timeZone: 'Europe/Berlin',
};

export const kitchenLimitW = 0.8 * 230 * 16;
export const mainLimitW = 0.8 * 230 * 63;
