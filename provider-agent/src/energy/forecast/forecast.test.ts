import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PolicyConfig } from '../policy/policy-types.ts';
import { samplePoint } from '../testing/policy-home.ts';
import { LocalTime } from '../time/local-time.ts';
import { Forecaster, type SiteForecast } from './forecaster.ts';
import { type GridLimits, type PlanParts, planRuns } from './plan-runs.ts';
import { pinball, quantilesOf } from './quantiles.ts';
import { QUARTER_MS } from './quarter.ts';
import { runWindows } from './run-windows.ts';
import { isBatteryAssured } from './sun-for-battery.ts';

const START_MS = Date.UTC(2026, 5, 1);
const local = new LocalTime('UTC');
const hourOf = (ms: number) => new Date(ms).getUTCHours();

test('E18: the loss is least for the quantile itself', () => {
  const values = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.integer({ min: -5_000, max: 5_000 }), (outcomes, other) => {
      const lossOf = (said: number) =>
        outcomes.reduce((sum, actual) => sum + pinball(0.9, said, actual), 0) / outcomes.length;
      // Between two outcomes the loss is flat, and the interpolated quantile lies between the right two.
      const sorted = [...outcomes].sort((a, b) => a - b);
      const least = Math.min(...sorted.map(lossOf));
      expect(lossOf(other)).toBeGreaterThanOrEqual(least - 1e-9);
      const { p10, p50, p90 } = quantilesOf(outcomes);
      expect(p10 <= p50 && p50 <= p90).toBe(true);
    }),
  );
});

/** A home with 400 W of its own and a sun that gives 80 % of what the feed says, from 8 to 16. */
const saidAt = (ms: number) => (hourOf(ms) >= 8 && hourOf(ms) < 16 ? 5_000 : 0);
function livedIn(days: number): Forecaster {
  const slots = Array.from({ length: (days + 2) * 24 }, (_, hour) => {
    const startMs = START_MS + hour * 3_600_000;
    return { startMs, endMs: startMs + 3_600_000, watts: saidAt(startMs) };
  });
  const forecaster = new Forecaster(local, () => slots);
  for (let ms = START_MS; ms < START_MS + days * 86_400_000; ms += 5 * 60_000)
    forecaster.measure(ms, 0.8 * saidAt(ms), 400);
  return forecaster;
}
const NOW_MS = START_MS + 3 * 86_400_000;

test('E18: nothing is foreseen of a home that nobody has seen', () => {
  expect(new Forecaster(local, () => []).forecast(NOW_MS, 8)).toEqual([]);
});

test('E18: what this roof makes of the feed is learnt, and survives a restart', () => {
  const lived = livedIn(3);
  const again = new Forecaster(local, () => [], JSON.parse(JSON.stringify(lived)));
  const noon = lived.forecast(NOW_MS, 96).find(({ startMs }) => hourOf(startMs) === 12);
  expect(noon).toMatchObject({ restW: expect.closeTo(400, 6), pvW: { p50: expect.closeTo(4_000, 0) } });
  // Without its feed it goes by the days that it has seen.
  const remembered = again.forecast(NOW_MS, 96).find(({ startMs }) => hourOf(startMs) === 12);
  expect(remembered).toMatchObject({ restW: 400, pvW: { p10: 4_000, p90: 4_000 } });
});

test('E18: what is measured now counts for an hour', () => {
  const lived = livedIn(3);
  for (let ms = NOW_MS; ms <= NOW_MS + QUARTER_MS; ms += 5 * 60_000) lived.measure(ms, 0, 1_400);
  const rest = lived.forecast(NOW_MS + QUARTER_MS, 6).map(({ restW }) => Math.round(restW));
  const usual = rest.at(-1) ?? 0;
  expect(rest).toEqual([...rest].sort((a, b) => b - a));
  expect(rest[0]).toBeGreaterThan(usual + 900);
  expect(rest.slice(4)).toEqual([usual, usual]);
});

const policy: PolicyConfig = {
  points: [samplePoint(1, 200), samplePoint(2, 400)],
  staticSafeW: 0,
  hasBattery: false,
  maxTemperatureC: undefined,
  cheapBelowPerKwh: 0.15,
  cheapBelowGramsPerKwh: undefined,
};
/** Quarters with so much sun at p50, half of it at p10, in a home that uses 100 W. */
const sunny = (watts: readonly number[]): SiteForecast[] =>
  watts.map((p50, index) => {
    const startMs = START_MS + index * QUARTER_MS;
    return { startMs, endMs: startMs + QUARTER_MS, pvW: { p10: p50 / 2, p50, p90: p50 }, restW: 100 };
  });
const noLimits: GridLimits = { factor: 1, importCapW: Number.POSITIVE_INFINITY };
const planned = (
  over: Partial<PlanParts['owner']>,
  watts: readonly number[],
  quiet?: number,
  limits = noLimits,
) =>
  planRuns(sunny(watts), {
    policy,
    owner: {
      mode: 'solar',
      ...{ pausedUntilMs: undefined, capW: undefined, reservePercent: undefined },
      batteryFirstPercent: undefined,
      ...over,
    },
    nowMs: START_MS,
    terms: { batteryPerKwh: 0.3, carbonPerTonne: 0 },
    battery: undefined,
    dayEndMs: (atMs) => local.day(atMs).endMs,
    gridLimitsAt: (atMs) => (atMs < START_MS + QUARTER_MS ? limits : noLimits),
    pricesAt: (atMs) => ({
      importPerKwh: atMs < START_MS + 2 * QUARTER_MS ? 0.1 : 0.3,
      exportPerKwh: 0.08,
      gramsPerKwh: undefined,
    }),
    quietCapWAt: () => quiet,
  });
const wattsOf = (...plan: Parameters<typeof planned>) => planned(...plan).map(({ plannedW }) => plannedW);

test('E18: the plan is what the mode will make of the forecast', () => {
  const sun = [0, 600, 1_000, 450];
  expect(wattsOf({}, sun)).toEqual([0, 400, 400, 0]);
  expect(wattsOf({ mode: 'off' }, sun)).toEqual([0, 0, 0, 0]);
  expect(wattsOf({ mode: 'now' }, sun)).toEqual([400, 400, 400, 400]);
  expect(wattsOf({ mode: 'min+solar' }, sun)).toEqual([200, 400, 400, 200]);
  expect(wattsOf({ mode: 'cheap' }, sun)).toEqual([400, 400, 400, 0]);
  expect(wattsOf({ mode: 'now', pausedUntilMs: START_MS + QUARTER_MS }, sun)).toEqual([0, 400, 400, 400]);
  expect(wattsOf({ mode: 'now', capW: 250 }, sun, 150)).toEqual([0, 0, 0, 0]);
  expect(wattsOf({ mode: 'now', capW: 250 }, sun)).toEqual([200, 200, 200, 200]);
});

test('E18: an event that the grid has called for, and a cap of the import, are in the plan', () => {
  const first = (factor: number, importCapW: number) =>
    wattsOf({ mode: 'now' }, [500, 0], undefined, { factor, importCapW });
  expect(first(1, 0)).toEqual([400, 400]); // the sun leaves 400 W
  expect(first(0.5, 0)).toEqual([200, 400]);
  expect(first(0, 1_000)).toEqual([0, 400]);
  const cloudy = wattsOf({ mode: 'now' }, [0, 0], undefined, { factor: 1, importCapW: 350 });
  expect(cloudy).toEqual([200, 400]);
});

test('E18: windows say what may be counted on, what is expected, and for how much', () => {
  const terms = {
    ...{ usdPerUnit: 1, wearUsdPerHour: 0, otherUsdPerMTok: 0, marginShare: 0, feeShare: 0 },
    floorMicroUsdPerMTok: 1,
  };
  const windows = runWindows(planned({}, [0, 1_000, 1_000, 0, 700, 0]), policy, terms);
  const at = (quarters: number) => START_MS + quarters * QUARTER_MS;
  expect(windows).toMatchObject([
    { startMs: at(1), endMs: at(3), kwhP50: 0.2, kwhP10: 0.1, basis: 'estimated' },
    { startMs: at(4), endMs: at(5), kwhP50: 0.1, kwhP10: 0 },
  ]);
  // Sun alone, at the price that it would have earned: 4 J · 0.08 / 3.6
  expect(windows[0]?.outputMicroUsdPerMTok).toBe(Math.ceil(((4 * 0.08) / 3.6) * 1e6));
});

test('E18: a battery that the sun fills anyway is assured, and stays so until it is not', () => {
  const forecast = sunny([2_200, 2_200, 2_200, 2_200]); // 1,000 W above the home at p10: 900 Wh into the battery
  const until = START_MS + 4 * QUARTER_MS;
  expect(isBatteryAssured(forecast, 700, 0.9, until, false)).toBe(true);
  expect(isBatteryAssured(forecast, 800, 0.9, until, false)).toBe(false);
  expect(isBatteryAssured(forecast, 800, 0.9, until, true)).toBe(true);
  expect(isBatteryAssured(forecast, 950, 0.9, until, true)).toBe(false);
  expect(isBatteryAssured(forecast, 300, 0.9, START_MS + QUARTER_MS, false)).toBe(false); // the day ends before
});
