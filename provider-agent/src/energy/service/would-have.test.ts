import { expect, test } from '@jest/globals';
import { energyConfig } from '../config/energy-config.ts';
import type { TraceLine } from '../trace/site-trace.ts';
import { wouldHave } from './would-have.ts';

const START_MS = Date.UTC(2026, 5, 1);
const HOUR_MS = 3_600_000;
const point = (slots: number, watts: number) => ({
  ...{ slots, watts, tokensPerSecond: 50 * slots, inputTokensPerSecond: 500 * slots },
  ...{ joulesPerOutputToken: 4, joulesPerInputToken: 0.4 },
});
const config = (wishes: object) =>
  energyConfig.parse({
    timeZone: 'UTC',
    node: { idleWatts: 40, points: [point(1, 200), point(2, 300)] },
    site: { hasSolar: true },
    wishes,
  });

/** A day: 300 W of import, and 2 kW to spare from 10 to 14; in kilowatts, counted the other way round, every half minute. */
const day: TraceLine[] = Array.from({ length: 24 * 120 }, (_, index) => {
  const atMs = START_MS + index * 30_000;
  const hour = (atMs - START_MS) / HOUR_MS;
  const gridKw = hour >= 10 && hour < 14 ? -2 : 0.3;
  return {
    ...{ atMs, source: 'meter', raw: { value: -gridKw + (index % 7) / 1e4 } },
    mapping: { signal: 'gridW', unit: 'kW', isInverted: true },
  };
});

test('E24: a recorded day says what the node would have done, drawn, cost and earned at most', async () => {
  const found = await wouldHave(config({ mode: 'solar' }), undefined, day);
  expect(found.toMs - found.fromMs).toBeGreaterThanOrEqual(24 * HOUR_MS - 30_000);
  expect(found).toMatchObject({ starts: 1, safeStops: 0, currency: 'EUR' });
  expect(found.hoursAtWork).toBeGreaterThan(3.9);
  expect(found.hoursAtWork).toBeLessThan(4.4); // a run without its sun goes on for minutes
  // 40 W for the day and 260 W more while it works
  expect(found.nodeKwh).toBeCloseTo(0.96 + found.hoursAtWork * 0.26, 1);
  expect(found.solarKwh).toBeGreaterThan(1.1);
  expect(found.outputTokens).toBeGreaterThan(3.9 * 3_600 * 100 * 0.98);
  // At the lost export price: 4 J · 0.08 / 3.6 a token's million, a fifth on top; the fee is in the ask.
  expect((found.mostUsd / found.outputTokens) * 1e6).toBeCloseTo(((4 * 0.08) / 3.6) * 1.2, 1);
});

test('E24: in mode off it would have done nothing', async () => {
  expect(await wouldHave(config({ mode: 'off' }), undefined, day)).toMatchObject({
    ...{ hoursAtWork: 0, starts: 0, outputTokens: 0, mostUsd: 0 },
  });
});
