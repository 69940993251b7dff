import type { Battery } from '../forecast/planned-battery.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import type { PriceTerms } from '../price/ask-price.ts';
import type { SiteConfig } from '../site/site-config.ts';
import type { EnergyConfig } from './energy-config.ts';

export function policyConfigOf({ node, site, cheap }: EnergyConfig): PolicyConfig {
  return {
    points: node.points
      .map(({ gpuPowerCapWatts, ...point }) => ({ ...point, powerCapW: gpuPowerCapWatts }))
      .sort((a, b) => a.watts - b.watts),
    staticSafeW: node.staticSafeWatts,
    hasBattery: site.hasBattery,
    maxTemperatureC: node.maxTemperatureC,
    cheapBelowPerKwh: cheap.belowPerKwh,
    cheapBelowGramsPerKwh: cheap.belowGramsPerKwh,
  };
}

export function siteConfigOf({ site, timeZone }: EnergyConfig): SiteConfig {
  return {
    hasPv: site.hasSolar,
    hasBattery: site.hasBattery,
    circuits: site.circuits,
    importCapsW: site.importCaps.map(({ subject, watts }) => ({ subject, capW: watts })),
    hasImportLimitSensor: site.hasImportLimitSensor,
    timeZone,
  };
}

/** For plans; undefined where its size is not known. */
export function batteryOf({ capacityKwh, ...battery }: EnergyConfig['battery']): Battery | undefined {
  if (capacityKwh === undefined) return undefined;
  const {
    chargeWatts = capacityKwh * 500,
    dischargeWatts = capacityKwh * 500,
    efficiency,
    floorPercent,
  } = battery;
  const watts = { chargeW: chargeWatts, dischargeW: dischargeWatts };
  return { capacityWh: capacityKwh * 1_000, ...watts, efficiency, floorPercent };
}

export function priceTermsOf({ price, tariff }: EnergyConfig): PriceTerms {
  const { followsEnergy: _, holdSeconds: __, ...terms } = price;
  return { ...terms, usdPerUnit: tariff.usdPerUnit };
}
