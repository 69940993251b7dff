import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CYCLE_MS, PolicyHome, START_MS } from '../testing/policy-home.ts';
import { times } from './policy-state.ts';
import { modes, type SiteView, type StateName } from './policy-types.ts';

const MINUTE_MS = 60_000;

/** Already at work at its largest point. */
function running(config = {}) {
  const home = new PolicyHome(config);
  home.live(5 * MINUTE_MS);
  expect([home.state.name, home.state.point]).toEqual(['run', 2]);
  return home;
}
const circuit = (limitW: number, loadW: number | undefined) => ({
  circuits: [{ id: 'study', limitW, loadW }],
});

test('E14: now: starts small, then one point per half minute', () => {
  const home = new PolicyHome();
  const points = Array.from({ length: 20 }, () => home.cycle().state.point);
  expect(points.slice(0, 7)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  expect(points.at(-1)).toBe(2);
});

test('E14: off drains and stays off; a running job may finish, for a minute at most', () => {
  const home = running();
  home.actual = { ...home.actual, runningJobs: 1 };
  home.wishes({ mode: 'off' });
  expect(home.cycle()).toMatchObject({
    state: { name: 'draining' },
    setpoint: { admission: 'closed', work: 'run' },
    reason: { code: 'finishing_jobs', subject: 'mode_off' },
    nextChangeMs: home.nowMs - CYCLE_MS + times.drainMs,
  });
  expect(home.live(times.drainMs)).toMatchObject({
    setpoint: { work: 'stop' },
    reason: { code: 'mode_off' },
  });
  expect(home.cycle()).toMatchObject({ state: { name: 'off' }, reason: { code: 'mode_off' } });
});

test('E14: a pause ends by itself, and work goes on at once: the owner never waits for a timer', () => {
  const home = running();
  const untilMs = home.nowMs + 3_600_000;
  home.wishes({ pausedUntilMs: untilMs });
  home.live(30_000);
  expect(home.cycle()).toMatchObject({
    state: { name: 'off' },
    reason: { code: 'paused' },
    nextChangeMs: untilMs,
  });
  home.nowMs = untilMs;
  expect(home.cycle().state.name).toBe('warming');
});

test('E14: quiet hours cap the node, or end it when nothing fits below the cap', () => {
  const home = running().shows({ quiet: { capW: 250, untilMs: START_MS + 3_600_000 } });
  expect(home.cycle()).toMatchObject({ state: { name: 'run', point: 0 } });
  home.shows({ quiet: { capW: 0, untilMs: START_MS + 3_600_000 } });
  home.live(15_000);
  expect(home.cycle()).toMatchObject({
    state: { name: 'blocked' },
    reason: { code: 'quiet_hours' },
    nextChangeMs: START_MS + 3_600_000,
  });
});

test('E14: solar waits for surplus, min+solar runs at its minimum, cheap follows the price', () => {
  const solar = new PolicyHome().wishes({ mode: 'solar' }).shows({ gridW: 400 });
  expect(solar.live(20 * MINUTE_MS)).toMatchObject({
    state: { name: 'standby' },
    reason: { code: 'too_little_surplus' },
  });
  const minimum = new PolicyHome().wishes({ mode: 'min+solar' }).shows({ gridW: 400 });
  expect(minimum.live(20 * MINUTE_MS)).toMatchObject({
    state: { name: 'run', point: 0 },
    reason: { code: 'running_at_minimum' },
  });
  const cheap = new PolicyHome().wishes({ mode: 'cheap' }).shows({ gridW: 400 });
  expect(cheap.live(20 * MINUTE_MS)).toMatchObject({ reason: { code: 'energy_too_expensive' } });
  cheap.prices = { ...cheap.prices, importPerKwh: 0.1 };
  expect(cheap.live(20 * MINUTE_MS)).toMatchObject({
    state: { point: 2 },
    reason: { code: 'running_cheap' },
  });
});

test('E14: no wish of the owner raises a limit', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...modes),
      fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }),
      fc.integer({ min: 0, max: 900 }),
      fc.integer({ min: 0, max: 700 }),
      (mode, capW, limitW, restW) => {
        const home = new PolicyHome().wishes({ mode, capW });
        for (let cycle = 0; cycle < 60; cycle += 1) {
          const drawnW = home.config.points[home.state.point]?.watts ?? 20;
          home.shows({ ...circuit(limitW, restW + drawnW), nodeW: drawnW, gridW: -2_000 });
          const { state, allowed } = home.cycle();
          const watts = home.config.points[state.point]?.watts ?? 0;
          if (allowed.watts > Math.max(0, limitW - restW) || watts > allowed.watts) return false;
        }
        return true;
      },
    ),
    { numRuns: 60 },
  );
});

test('E10: above the limit, the next decision fits it; where nothing fits, work stops', () => {
  const home = running();
  home.shows({ ...circuit(1_000, 1_090), nodeW: 400 });
  expect(home.cycle()).toMatchObject({
    state: { name: 'run', point: 1 },
    allowed: { watts: 310, code: 'circuit_limit', subject: 'study' },
  });
  home.shows({ ...circuit(1_000, 1_290), nodeW: 300 });
  expect(home.cycle()).toMatchObject({
    state: { name: 'safe-stop', point: -1 },
    setpoint: { slots: 0, work: 'stop', admission: 'closed' },
    reason: { code: 'circuit_limit', subject: 'study' },
  });
});

test('E10: a meter that is not heard leaves the static cap, by default nothing', () => {
  const home = running();
  home.shows(circuit(1_000, undefined));
  expect(home.cycle()).toMatchObject({
    state: { name: 'safe-stop' },
    reason: { code: 'circuit_meter_unknown', subject: 'study' },
  });
  const careful = running({ staticSafeW: 250 });
  careful.shows(circuit(1_000, undefined));
  expect(careful.cycle()).toMatchObject({ state: { name: 'run', point: 0 } });
});

test('E10: a node that does not obey is closed after 10 s and stopped after 30', () => {
  const home = running();
  home.shows({ ...circuit(1_000, 1_090), nodeW: 400 });
  const seen = Array.from({ length: 8 }, () => {
    const { state, setpoint } = home.cycle();
    return `${state.name} ${state.point} ${setpoint.admission}`;
  });
  expect(seen).toEqual([
    'run 1 open',
    'run 1 open',
    ...Array.from({ length: 4 }, () => 'run 0 closed'),
    'safe-stop -1 closed',
    'safe-stop -1 closed',
  ]);
});

test('E11: after a stop: five clean minutes and a random while more; any relapse begins them anew', () => {
  const home = running();
  home.randomFraction = 0.5;
  home.shows({ isIslanded: true }).cycle();
  home.shows({ isIslanded: false });
  home.live(4 * MINUTE_MS);
  home.shows({ isIslanded: true }).cycle();
  home.shows({ isIslanded: false });
  const cleanMs = home.nowMs;
  expect(home.cycle()).toMatchObject({
    reason: { code: 'wait_for_clean_minutes' },
    nextChangeMs: cleanMs + 6 * MINUTE_MS,
  });
  home.live(6 * MINUTE_MS - 2 * CYCLE_MS);
  expect(home.cycle().state.name).toBe('safe-stop');
  home.cycle();
  expect(home.cycle().state.name).toBe('warming');
});

test('E11: level 1 halves the node, level 3 ends it, within one cycle', () => {
  const home = running();
  home.shows({ event: { factor: 0.5, subject: 'peak', untilMs: undefined } });
  expect(home.cycle()).toMatchObject({
    state: { point: 0 },
    allowed: { watts: 200, code: 'demand_event', subject: 'peak' },
  });
  home.shows({ event: { factor: 0, subject: 'blackout', untilMs: START_MS + 3_600_000 } });
  expect(home.cycle()).toMatchObject({
    setpoint: { slots: 0, work: 'stop' },
    reason: { code: 'demand_event', subject: 'blackout' },
  });
  expect(home.cycle().nextChangeMs).toBe(START_MS + 3_600_000);
});

test('E12: at the reserve, a battery that delivers ends the node in one cycle, and it stays ended', () => {
  const home = running();
  home.shows({ socPercent: 31, batteryW: 700, gridW: 0, nodeW: 400 });
  expect(home.cycle().state.name).toBe('run');
  home.shows({ socPercent: 30, batteryW: 700, gridW: 0, nodeW: 400 });
  expect(home.cycle()).toMatchObject({ state: { name: 'safe-stop' }, reason: { code: 'battery_reserve' } });
  home.shows({ socPercent: 32, batteryW: 300, gridW: 0, nodeW: 20 });
  expect(home.live(20 * MINUTE_MS).reason.code).toBe('battery_reserve');
});

test('E12: at the reserve the node may still use what the sun leaves over', () => {
  const home = running();
  home.shows({ socPercent: 29, batteryW: 100, gridW: 0, nodeW: 400 });
  expect(home.cycle()).toMatchObject({
    state: { name: 'run', point: 1 },
    allowed: { watts: 300, code: 'battery_reserve' },
  });
});

test('E12: an unknown charge is no charge', () => {
  const home = running();
  home.shows({ socPercent: undefined, batteryW: 200, nodeW: 400 });
  expect(home.cycle().allowed).toMatchObject({ watts: 200, code: 'battery_reserve' });
});

test('E13: a start needs a minute of surplus without a break', () => {
  const home = new PolicyHome().wishes({ mode: 'solar' });
  home.shows({ gridW: -500 }).live(50_000);
  home.shows({ gridW: 0 }).cycle();
  home.shows({ gridW: -500 });
  const waiting = home.cycle();
  expect(waiting).toMatchObject({
    reason: { code: 'surplus_must_hold' },
    nextChangeMs: home.nowMs - CYCLE_MS + times.startHoldMs,
  });
  home.live(times.startHoldMs - 2 * CYCLE_MS);
  expect(home.cycle().state.name).toBe('standby');
  expect(home.cycle().state.name).toBe('warming');
});

test('E13: without surplus a run ends by energy, by time at the latest, and not before ten minutes', () => {
  const home = new PolicyHome().wishes({ mode: 'solar' }).shows({ gridW: -600 });
  home.live(2 * MINUTE_MS);
  const startedAtMs = home.state.startedAtMs ?? 0;
  home.shows({ gridW: 1_000 });
  home.live(startedAtMs + times.minimumRunMs - home.nowMs - CYCLE_MS);
  expect(home.state.name).toBe('run');
  home.live(10 * MINUTE_MS);
  expect(home.state.name).toBe('standby');
});

test('E13: clouds: at most six starts an hour, no run below ten minutes, no rest below five', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: -1_500, max: 800 })), (clouds) => {
      const home = new PolicyHome().wishes({ mode: 'solar' });
      const stops: number[] = [];
      const starts: number[] = [];
      for (let minute = 0; minute < 300; minute += 1) {
        home.shows({ gridW: clouds.next().value as number });
        for (let cycle = 0; cycle < 12; cycle += 1) {
          const before = home.state.point >= 0;
          const { state } = home.cycle();
          if (!before && state.point >= 0) starts.push(home.nowMs);
          if (before && state.point < 0) stops.push(home.nowMs);
        }
      }
      for (const [index, stop] of stops.entries()) {
        expect(stop - (starts[index] ?? 0)).toBeGreaterThanOrEqual(times.minimumRunMs);
        const next = starts[index + 1];
        if (next) expect(next - stop).toBeGreaterThanOrEqual(times.minimumRestMs);
      }
      for (const start of starts)
        expect(
          starts.filter((other) => other > start - 3_600_000 && other <= start).length,
        ).toBeLessThanOrEqual(6);
    }),
    { numRuns: 8 },
  );
});

test('E13: a new mode starts with fresh timers', () => {
  const home = new PolicyHome().wishes({ mode: 'solar' }).shows({ gridW: -600 });
  home.live(15 * MINUTE_MS);
  home.shows({ gridW: 3_000 }).live(2 * MINUTE_MS);
  expect(home.state.shortfallMs).toBeGreaterThan(0);
  home.wishes({ mode: 'now' }).cycle();
  expect(home.state).toMatchObject({
    shortfallMs: 0,
    shortfallWh: 0,
    startHoldSinceMs: undefined,
    stoppedAtMs: undefined,
  });
});

const transitions: Readonly<Record<StateName, readonly StateName[]>> = {
  off: ['blocked', 'standby', 'warming'],
  blocked: ['off', 'standby', 'warming'],
  standby: ['off', 'blocked', 'warming'],
  warming: ['run', 'draining', 'standby', 'safe-stop'],
  run: ['draining', 'standby', 'safe-stop'],
  draining: ['standby', 'safe-stop'],
  'safe-stop': ['standby'],
};

test('E13: whatever happens, only these transitions do, and no state works above its limit', () => {
  const site = fc.record<Partial<SiteView>>({
    gridW: fc.constantFrom(-2_000, -250, 0, 500, undefined),
    batteryW: fc.constantFrom(-500, 0, 300, undefined),
    socPercent: fc.constantFrom(29, 31, 80, undefined),
    isIslanded: fc.constantFrom(false, false, false, true),
    circuits: fc.constantFrom(
      [],
      [{ id: 'a', limitW: 250, loadW: 20 }],
      [{ id: 'a', limitW: 250, loadW: undefined }],
    ),
    event: fc.constantFrom(undefined, undefined, { factor: 0.5, subject: 'e', untilMs: undefined }),
    quiet: fc.constantFrom(undefined, undefined, { capW: 100, untilMs: 0 }),
  });
  const moment = fc.record({
    site,
    mode: fc.constantFrom(...modes),
    isPaused: fc.constantFrom(false, false, true),
    isReady: fc.boolean(),
    isConfirmed: fc.boolean(),
    runningJobs: fc.integer({ min: 0, max: 1 }),
    forMs: fc.constantFrom(CYCLE_MS, 40_000, 7 * MINUTE_MS),
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(moment, { minLength: 25, maxLength: 25 }), (moments) => {
      const home = new PolicyHome();
      for (const { site: view, mode, isPaused, forMs, ...actual } of moments) {
        home.wishes({ mode, pausedUntilMs: isPaused ? home.nowMs + forMs : undefined }).shows(view);
        home.actual = actual;
        for (let passedMs = 0; passedMs < forMs; passedMs += CYCLE_MS) {
          const before = home.state.name;
          const { state, allowed, setpoint } = home.cycle();
          if (state.name !== before) {
            expect(transitions[before]).toContain(state.name);
            seen.add(`${before} ${state.name}`);
          }
          expect(home.config.points[state.point]?.watts ?? 0).toBeLessThanOrEqual(allowed.watts);
          expect(setpoint.work === 'run').toBe(state.point >= 0);
          expect(setpoint.admission === 'open').toBe(state.name === 'run');
        }
      }
    }),
    { numRuns: 15 },
  );
  expect(seen.size).toBeGreaterThan(12);
});

test('a hot node cools down by 5 K before it comes back, and an unheard thermometer is a hot one', () => {
  const home = new PolicyHome({ maxTemperatureC: 80 });
  const codeAt = (temperatureC: number | undefined) => home.shows({ temperatureC }).cycle().allowed.code;
  expect([70, 81, 76, 74, 79, undefined].map(codeAt)).toEqual([
    'node_maximum',
    'temperature',
    'temperature',
    'node_maximum',
    'node_maximum',
    'temperature_unknown',
  ]);
});

test('E18: while the sun in sight fills the battery anyway, its charging counts as free', () => {
  const home = new PolicyHome().wishes({ mode: 'solar', batteryFirstPercent: 60 });
  home.shows({ gridW: 0, batteryW: -1_500, socPercent: 45, nodeW: 20 });
  expect(home.live(2 * 60_000)).toMatchObject({ reason: { code: 'too_little_surplus' } });
  home.isBatteryAssured = true;
  expect(home.live(2 * 60_000).state.name).toBe('run');
  home.isBatteryAssured = false;
  home.shows({ gridW: 0, batteryW: -1_300, socPercent: 46 });
  home.live(20 * 60_000);
  expect(home.state.name).toBe('standby');
});
