import type { SiteForecast } from './forecaster.ts';
import { QUARTER_MS } from './quarter.ts';

/** So much more than is needed must be in sight to begin with: a node that takes the sun takes it from the forecast, too. */
const BEGIN_FACTOR = 1.25;

/**
 * Whether the sun of the rest of the day will fill the battery up to what goes before the node anyway, by what nine in ten such
 * days have at least: its charging need not be waited for then.
 *
 * @param missingWh up to the owner's "battery first"
 * @param efficiency of what goes in, so much is kept
 */
export function isBatteryAssured(
  forecast: readonly SiteForecast[],
  missingWh: number,
  efficiency: number,
  untilMs: number,
  wasAssured: boolean,
): boolean {
  const surplusWh = forecast
    .filter(({ startMs }) => startMs < untilMs)
    .reduce((sum, { pvW, restW }) => sum + (Math.max(0, pvW.p10 - restW) * QUARTER_MS) / 3_600_000, 0);
  return surplusWh * efficiency >= missingWh * (wasAssured ? 1 : BEGIN_FACTOR);
}
