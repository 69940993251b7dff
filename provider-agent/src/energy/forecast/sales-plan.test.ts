import { expect, test } from '@jest/globals';
import { samplePoint } from '../testing/policy-home.ts';
import type { PlannedQuarter } from './plan-runs.ts';
import { QUARTER_MS } from './quarter.ts';
import { salesPlan } from './sales-plan.ts';

const points = [samplePoint(1, 200), samplePoint(2, 400)];
const [small, large] = points as [(typeof points)[number], (typeof points)[number]];
const quarter = (index: number, plannedW: number, assuredW: number, costPerKwh: number): PlannedQuarter => ({
  startMs: index * QUARTER_MS,
  endMs: (index + 1) * QUARTER_MS,
  forecast: { startMs: 0, endMs: 0, pvW: { p10: 0, p50: 0, p90: 0 }, restW: 0 },
  prices: { importPerKwh: 0.3, exportPerKwh: 0.08, gramsPerKwh: undefined },
  battery: undefined,
  ...{ plannedW, assuredW, costPerKwh },
});
/** A price card of one: a millionth per hundredth of a cent. */
const multiplierOf = (_: unknown, costPerKwh: number) => Math.round(costPerKwh * 1e6);

test('E18: quarters at one point and about one price are one sale, at the higher price, with what is sure and what is likely', () => {
  const quarters = [
    quarter(0, 400, 200, 0.1),
    quarter(1, 400, 400, 0.105),
    quarter(2, 400, 400, 0.3),
    quarter(3, 0, 0, 0.3),
    quarter(4, 200, 400, 0.1),
  ];
  const tokens = (speed: number, count = 1) => speed * 900 * count;
  expect(salesPlan(quarters, points, multiplierOf)).toEqual({
    knownUntilMs: 5 * QUARTER_MS,
    sales: [
      {
        ...{ startMs: 0, endMs: 2 * QUARTER_MS, slots: 2, multiplierPpm: 105_000 },
        outputTokensP10: tokens(small.tokensPerSecond + large.tokensPerSecond),
        outputTokensP50: tokens(large.tokensPerSecond, 2),
      },
      {
        ...{ startMs: 2 * QUARTER_MS, endMs: 3 * QUARTER_MS, slots: 2, multiplierPpm: 300_000 },
        outputTokensP10: tokens(large.tokensPerSecond),
        outputTokensP50: tokens(large.tokensPerSecond),
      },
      {
        ...{ startMs: 4 * QUARTER_MS, endMs: 5 * QUARTER_MS, slots: 1, multiplierPpm: 100_000 },
        outputTokensP10: tokens(small.tokensPerSecond),
        outputTokensP50: tokens(small.tokensPerSecond),
      },
    ],
  });
});

test('E18: a price that creeps up is not one price, and one that does not follow energy is', () => {
  const creeping = Array.from({ length: 8 }, (_, index) => quarter(index, 400, 400, 0.1 * 1.04 ** index));
  const prices = salesPlan(creeping, points, multiplierOf).sales.map(({ multiplierPpm }) => multiplierPpm);
  expect(prices).toEqual([108_160, 121_665, 131_593]);
  expect(salesPlan(creeping, points, () => undefined).sales).toMatchObject([{ multiplierPpm: undefined }]);
});

test('E18: what is more than the market takes at a time is not foreseen', () => {
  const alternating = Array.from({ length: 140 }, (_, index) =>
    quarter(index, index % 2 ? 400 : 200, 0, 0.1),
  );
  const { sales, knownUntilMs } = salesPlan(alternating, points, multiplierOf);
  expect([sales.length, knownUntilMs]).toEqual([64, 64 * QUARTER_MS]);
  expect(salesPlan([], points, multiplierOf)).toEqual({ sales: [], knownUntilMs: 0 });
});
