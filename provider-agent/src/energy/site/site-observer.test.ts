import { expect, test } from '@jest/globals';
import { LocalTime } from '../time/local-time.ts';
import { SensorBoard } from './sensor-board.ts';
import type { Signal } from './signals.ts';
import type { SiteConfig } from './site-config.ts';
import { SiteObserver } from './site-observer.ts';

const START_MS = Date.UTC(2026, 5, 1, 10);
const CYCLE_MS = 5_000;
const config: SiteConfig = {
  hasPv: true,
  hasBattery: false,
  circuits: [
    { id: 'study', breakerAmps: 16, volts: 230, continuousShare: 0.8, measuredBy: 'meter' },
    { id: 'main', breakerAmps: 63, volts: 230, continuousShare: 0.8, measuredBy: 'grid' },
  ],
  importCapsW: [],
  hasImportLimitSensor: false,
  timeZone: 'Europe/Berlin',
};

/** One cycle per frame of readings; a signal that is left out is not heard. */
function observe(frames: readonly Partial<Record<Signal, number>>[], estimatedNodeW = 300) {
  const board = new SensorBoard();
  const observer = new SiteObserver(config, board, new LocalTime(config.timeZone));
  const views = frames.map((readings, cycle) => {
    const nowMs = START_MS + cycle * CYCLE_MS;
    for (const [signal, value] of Object.entries(readings) as [Signal, number][])
      board.accept(
        'house',
        { signal, unit: signal === 'socPercent' ? '%' : 'W', isInverted: false },
        { value },
        nowMs,
      );
    return observer.observe(nowMs, { events: [], quietHours: [], estimatedNodeW, isClockSynced: true });
  });
  const endMs = START_MS + (frames.length - 1) * CYCLE_MS;
  return { views, last: views.at(-1), cause: (signal: Signal) => board.assess(signal, endMs).cause };
}
const repeat = <T>(times: number, frame: (cycle: number) => T) =>
  Array.from({ length: times }, (_, cycle) => frame(cycle));
const truth = { gridW: 1_200, pvW: 800, loadW: 2_000, nodeW: 300, 'circuit/study': 500 };
const wobble = (cycle: number) => ({ ...truth, nodeW: 300 + cycle, 'circuit/study': 500 + cycle });

test('E10: the worse of the two ways to know the import counts: a low reading is no room', () => {
  expect(observe([{ ...truth, gridW: 200 }]).last?.worstGridW).toBe(1_200);
  expect(observe([{ ...truth, loadW: 100 }]).last?.worstGridW).toBe(1_200);
});

test('E10: a circuit meter that is silent leaves its load unknown', () => {
  const { 'circuit/study': _, ...without } = truth;
  const views = observe([...repeat(6, wobble), ...repeat(4, () => without)]).views;
  expect(views[7]?.circuits[0]?.loadW).toBe(505);
  expect(views[8]?.circuits[0]?.loadW).toBeUndefined();
});

test('E12: a battery whose charge is no longer told has an unknown one, long before its reading is old', () => {
  const views = observe([
    ...repeat(6, (cycle) => ({ ...wobble(cycle), socPercent: 33 })),
    ...repeat(4, wobble),
  ]).views;
  expect(views[7]?.socPercent).toBe(33);
  expect(views[8]?.socPercent).toBeUndefined();
});

test('E10: a circuit that shows less than its node is not believed, and the cause has a name', () => {
  const { last, cause } = observe(repeat(2, (cycle) => ({ ...truth, 'circuit/study': 20 + cycle })));
  expect([last?.circuits[0]?.loadW, cause('circuit/study')]).toEqual([undefined, 'below_node']);
});

test('E10: a meter that repeats itself while the node moves is not believed', () => {
  const { last, cause } = observe(repeat(8, (cycle) => ({ ...wobble(5 * cycle), 'circuit/study': 700 })));
  expect([last?.circuits[0]?.loadW, cause('circuit/study')]).toEqual([undefined, 'frozen']);
});

test('E1: a grid meter with the wrong sign is left out of economics, and limits do without it', () => {
  const { last, cause } = observe(repeat(3, (cycle) => ({ ...wobble(cycle), gridW: -1_200 - cycle })));
  expect([last?.gridW, last?.worstGridW, cause('gridW')]).toEqual([undefined, 1_200, 'balance']);
});

test('a node without a meter is taken for what it is set to', () => {
  const { nodeW: _, ...without } = truth;
  expect(observe([without], 250).last).toMatchObject({ nodeW: 250, isNodeMeasured: false });
});
