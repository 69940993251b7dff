import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { storedEnergyPerKwh } from '../policy/energy-cost.ts';
import { modes, type PolicyConfig } from '../policy/policy-types.ts';
import { samplePoint } from '../testing/policy-home.ts';
import type { SiteForecast } from './forecaster.ts';
import { type PlannedQuarter, type PlanParts, planRuns } from './plan-runs.ts';
import { type Battery, batteryFlow } from './planned-battery.ts';
import { QUARTER_MS } from './quarter.ts';

const START_MS = Date.UTC(2026, 5, 1, 6);
const HOURS = QUARTER_MS / 3_600_000;
const REST_W = 300;
const policy: PolicyConfig = {
  points: [samplePoint(1, 400), samplePoint(2, 800)],
  staticSafeW: 0,
  hasBattery: true,
  maxTemperatureC: undefined,
  cheapBelowPerKwh: 0.25,
  cheapBelowGramsPerKwh: undefined,
};
const battery: Battery = {
  capacityWh: 10_000,
  chargeW: 5_000,
  dischargeW: 5_000,
  efficiency: 0.9,
  floorPercent: 5,
};
/** Charged at 0.09, nine tenths of it come back, 0.08 of wear. */
const stored = storedEnergyPerKwh(0.09, 0.9, 0.08);

const days = (sun: readonly number[]): SiteForecast[] =>
  sun.map((watts, index) => {
    const startMs = START_MS + index * QUARTER_MS;
    return {
      ...{ startMs, endMs: startMs + QUARTER_MS, restW: REST_W },
      pvW: { p10: watts / 2, p50: watts, p90: watts },
    };
  });
type Over = Partial<PlanParts['owner']> & { readonly socPercent?: number };
function plan(sun: readonly number[], over: Over, of: Partial<Battery> = {}): PlannedQuarter[] {
  const { socPercent = 50, ...owner } = over;
  const model = { ...battery, ...of };
  return planRuns(days(sun), {
    ...{ nowMs: START_MS, policy, terms: { batteryPerKwh: stored, carbonPerTonne: 0 } },
    owner: {
      mode: 'now',
      ...{ pausedUntilMs: undefined, capW: undefined, reservePercent: undefined },
      batteryFirstPercent: undefined,
      ...owner,
    },
    battery: { ...model, storedWh: (model.capacityWh * socPercent) / 100, isAssured: false },
    pricesAt: () => ({ importPerKwh: 0.3, exportPerKwh: 0.08, gramsPerKwh: undefined }),
    quietCapWAt: () => undefined,
    dayEndMs: () => START_MS + 18 * 3_600_000,
    gridLimitsAt: () => ({ factor: 1, importCapW: Number.POSITIVE_INFINITY }),
  });
}
const night = (quarters: number) => Array.from({ length: quarters }, () => 0);
const wattsOf = (planned: readonly PlannedQuarter[]) => planned.map(({ plannedW }) => plannedW);

const anyBattery = fc.record<Battery>({
  capacityWh: fc.integer({ min: 500, max: 30_000 }),
  chargeW: fc.integer({ min: 100, max: 8_000 }),
  dischargeW: fc.integer({ min: 100, max: 8_000 }),
  efficiency: fc.double({ min: 0.5, max: 1, noNaN: true }),
  floorPercent: fc.integer({ min: 0, max: 30 }),
});
const anyDay = fc.array(fc.integer({ min: 0, max: 6_000 }), { minLength: 8, maxLength: 40 });
const anyPercent = fc.integer({ min: 0, max: 100 });

test('E18: the battery balances: what goes in comes out less its losses, within its limits, in the right direction', () => {
  const leftW = fc.array(fc.integer({ min: -9_000, max: 9_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(anyBattery, anyPercent, leftW, (model, percent, course) => {
      const startWh = (model.capacityWh * percent) / 100;
      let [storedWh, inWh, outWh] = [startWh, 0, 0];
      for (const watts of course) {
        const flow = batteryFlow(model, storedWh, watts, HOURS);
        expect(flow.batteryW).toBeLessThanOrEqual(Math.min(model.dischargeW, Math.max(0, -watts)) + 1e-9);
        expect(flow.batteryW).toBeGreaterThanOrEqual(-Math.min(model.chargeW, Math.max(0, watts)) - 1e-9);
        inWh += Math.max(0, -flow.batteryW) * HOURS;
        outWh += Math.max(0, flow.batteryW) * HOURS;
        storedWh = flow.storedWh;
        const leastWh = Math.min(startWh, (model.capacityWh * model.floorPercent) / 100);
        expect(storedWh).toBeGreaterThanOrEqual(leastWh - 1e-6);
        expect(storedWh).toBeLessThanOrEqual(model.capacityWh + 1e-6);
      }
      expect(storedWh).toBeCloseTo(startWh + inWh * model.efficiency - outWh, 4);
    }),
  );
});

test('E18: no plan has the node take from the battery at its reserve, in any mode', () => {
  fc.assert(
    fc.property(
      ...[anyDay, anyBattery, anyPercent, fc.integer({ min: 0, max: 90 })],
      ...[fc.constantFrom(...modes), fc.option(anyPercent, { nil: undefined })],
      (sun, model, socPercent, reservePercent, mode, batteryFirstPercent) => {
        const planned = plan(sun, { mode, socPercent, reservePercent, batteryFirstPercent }, model);
        for (const { plannedW, forecast, battery: planning } of planned) {
          const { socPercent: after = 0, batteryW = 0 } = planning ?? {};
          const isCarried = batteryW > 0 && plannedW > Math.max(0, forecast.pvW.p50 - forecast.restW);
          if (isCarried && after < reservePercent - 1e-9) throw new Error(`${plannedW} W at ${after} %`);
        }
      },
    ),
  );
});

test('E18: more sun never makes an hour of the same work dearer', () => {
  const more = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(anyDay, more, anyBattery, anyPercent, (sun, extra, model, socPercent) => {
      const costs = (watts: readonly number[]) => plan(watts, { socPercent }, model);
      const before = costs(sun);
      const after = costs(sun.map((watts, index) => watts + (extra[index] ?? 0)));
      expect(wattsOf(after)).toEqual(wattsOf(before));
      after.forEach(({ costPerKwh }, index) => {
        expect(costPerKwh).toBeLessThanOrEqual((before[index]?.costPerKwh ?? 0) + 1e-9);
      });
    }),
  );
});

test('E18: an evening costs what is stored, with its losses and wear, and the rest what the grid takes', () => {
  expect(stored).toBeCloseTo(0.18, 9);
  const [first] = plan(night(4), {});
  expect(first).toMatchObject({ plannedW: 800, costPerKwh: stored });
  expect(first?.battery).toMatchObject({ batteryW: 1_100, socPercent: 50 - 2.75 });
  // Its inverter delivers 400 W, half of what the node needs; the grid has the rest.
  const [limited] = plan(night(4), {}, { dischargeW: 400 });
  expect(limited?.costPerKwh).toBeCloseTo((stored + 0.3) / 2, 9);
  // Cheap enough from the battery, not from the grid; as the policy, it counts what the battery delivers when it decides.
  expect(wattsOf(plan(night(2), { mode: 'cheap' }, { dischargeW: 700 }))).toEqual([0, 0]);
  expect(wattsOf(plan([0, 600, 0, 0], { mode: 'cheap' }))).toEqual([0, 800, 800, 800]);
});

test('E18: at the reserve the night ends for the node; the grid carries it only once the battery keeps still', () => {
  // 1,100 W for 275 Wh a quarter: 40 to 35 % in one, then the next would go below 34.
  const planned = plan(night(14), { socPercent: 40, reservePercent: 34 }, { floorPercent: 30 });
  expect(wattsOf(planned).slice(0, 3)).toEqual([800, 800, 0]);
  const still = wattsOf(planned).indexOf(800, 3);
  expect(planned[still - 1]?.battery?.socPercent).toBeLessThan(30.5);
  expect(planned[still]).toMatchObject({ battery: { batteryW: 0 }, costPerKwh: 0.3 });
});

test('E18: the battery goes first: its sun is not left over, until it has enough or the rest of the day is sure to fill it', () => {
  const solar = { mode: 'solar', socPercent: 20, batteryFirstPercent: 40 } as const;
  const morning = wattsOf(plan([3_300, 3_300, 3_300, 3_300, 3_300, 0], solar));
  // 2,000 Wh are missing. 3,000 W less losses are 675 a quarter, and after two of them the 911 that are sure to come by
  // evening are a quarter more than the 650 that are still missing.
  expect(morning).toEqual([0, 0, 800, 800, 800, 0]);
  expect(wattsOf(plan([3_300, 3_300, 3_300, 0], { ...solar, batteryFirstPercent: undefined }))[0]).toBe(800);
  // More than its inverter can take is left over at once.
  expect(wattsOf(plan([3_300, 3_300], solar, { chargeW: 2_000 }))[0]).toBe(800);
  // At p10 half of it is still more than enough by the evening.
  expect(
    wattsOf(
      plan(
        Array.from({ length: 12 }, () => 5_000),
        solar,
      ),
    )[0],
  ).toBe(800);
});
