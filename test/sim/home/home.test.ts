import { expect, test } from '@jest/globals';
import { SimRandom } from '../engine/random.ts';
import { grid } from './grid.ts';
import { household } from './household.ts';
import { CYCLE_S } from './policy-driver.ts';
import { type HomeWeek, runHome } from './run-home.ts';
import { seasons } from './seasons.ts';
import { sensorFaults } from './sensor-faults.ts';
import { LAG_S } from './sim-node.ts';

/** A day in spring with everything that goes on in a home. */
function day(seed: number, over: Partial<HomeWeek> = {}): HomeWeek {
  const season = seasons[1];
  if (!season) throw new Error('no spring');
  const world = { household: household(season, seed, 1), outside: grid(season, seed, 1) };
  return { seed, season, ...world, faults: [], ...over };
}

/** One day, lived through twice: with the policy, and at full power whatever happens. */
const honestDay = day(3);
const now = runHome(honestDay, 'now');
const always = runHome(honestDay, 'always');

test('E10: over a day of random loads the node is never over a limit for longer than a cycle and its lag', () => {
  expect(now.overLimitS.honest).toBeLessThanOrEqual(CYCLE_S + LAG_S);
  expect(always.overLimitS.honest).toBeGreaterThan(60); // the day does put it to the test
});

test('E12: below the reserve the battery never carries the node for longer than two cycles and its lag', () => {
  expect(now.underReserveS.honest).toBeLessThanOrEqual(2 * CYCLE_S + LAG_S);
  expect(always.underReserveS.honest).toBeGreaterThan(60);
});

test('E10: with meters that go silent or lie, one after the other, the longest breach stays short', () => {
  const { overLimitS, starts } = runHome(day(4, { faults: sensorFaults(new SimRandom(4, 40), 1) }), 'now');
  expect(overLimitS.silent).toBeLessThanOrEqual(13 + CYCLE_S + LAG_S);
  expect(overLimitS.lying).toBeLessThanOrEqual(7 * CYCLE_S + LAG_S);
  expect(starts).toBeGreaterThan(0);
});

test('E11: an emergency ends all computing within 30 s, and until it is over', () => {
  const { season, outside, ...rest } = day(5);
  const fromS = 10 * 3_600;
  const emergencyS = new Int32Array(outside.emergencyS.length);
  for (let s = 0; s < 3_600; s += 1) emergencyS[fromS + s] = s + 1;
  const startMs = season.startMs + fromS * 1_000;
  const event = { id: 'e', source: 'vtn', startMs, endMs: startMs + 3_600_000, level: 3 as const };
  const week = { ...rest, season, outside: { ...outside, events: [event], emergencyS } };
  const answerS = runHome(week, 'now').emergencyAnswerS;
  expect(answerS).toBeLessThanOrEqual(30);
  expect(runHome(week, 'always').emergencyAnswerS).toBeGreaterThan(3_000);
});
