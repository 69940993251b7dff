import { expect, test } from '@jest/globals';
import { EventQueue } from './event-queue.ts';
import { InvariantViolation } from './invariant-violation.ts';
import { Network } from './network.ts';
import { SimRandom } from './random.ts';
import { Simulation } from './simulation.ts';

test('events run by time, and in the order of scheduling where the time is equal', () => {
  const random = new SimRandom(1, 0);
  const queue = new EventQueue();
  const expected = Array.from({ length: 2_000 }, (_, order) => ({ atMs: random.below(50), order }));
  for (const event of expected) queue.push({ ...event, task: () => {} });
  const popped = Array.from(expected, () => queue.pop()).map((event) => [event?.atMs, event?.order]);
  expected.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  expect(popped).toEqual(expected.map(({ atMs, order }) => [atMs, order]));
  expect(queue.pop()).toBeUndefined();
});

test('a task that was called off does not run, and time stops at the end that was asked for', () => {
  const simulation = new Simulation(1);
  const ran: number[] = [];
  simulation.after(10, () => ran.push(simulation.nowMs()));
  const cancel = simulation.after(20, () => ran.push(simulation.nowMs()));
  simulation.after(99, () => ran.push(simulation.nowMs()));
  cancel();
  simulation.run(50);
  expect([ran, simulation.nowMs(), simulation.events]).toEqual([[10], 50, 1]);
});

test('a broken invariant names seed, event and time', () => {
  const simulation = new Simulation(7);
  simulation.after(3, () => simulation.assert(false, 'never', () => 'it did'));
  expect(() => simulation.run(5)).toThrow(InvariantViolation);
  expect(() => simulation.assert(false, 'never', () => 'it did')).toThrow(
    'invariant "never" broken: seed 7, event 1, 3 ms: it did',
  );
});

test('the network loses, repeats and reorders as told, and the same way for the same seed', () => {
  const arrivals = (seed: number) => {
    const simulation = new Simulation(seed);
    const network = new Network(simulation, new SimRandom(seed, 1), {
      loss: 0.2,
      duplicate: 0.1,
      minDelayMs: 1,
      maxDelayMs: 40,
    });
    const arrived: number[] = [];
    for (let message = 0; message < 1_000; message += 1)
      network.send({ arrivedAtMs: 0 }, () => arrived.push(message));
    simulation.run(100);
    return { arrived, lost: network.lost, duplicated: network.duplicated };
  };
  const { arrived, lost, duplicated } = arrivals(1);
  expect(arrived).toHaveLength(1_000 - lost + duplicated);
  expect(lost).toBeGreaterThan(150);
  expect(duplicated).toBeGreaterThan(50);
  expect(arrived.some((message, place) => message < (arrived[place - 1] ?? -1))).toBe(true);
  expect(arrivals(1)).toEqual(arrivals(1));
  expect(arrivals(2)).not.toEqual(arrivals(1));
});

test('a network that resends loses nothing and lets nothing overtake', () => {
  const simulation = new Simulation(1);
  const quality = { loss: 0.3, duplicate: 0, minDelayMs: 1, maxDelayMs: 40, resendMs: 200 };
  const network = new Network(simulation, new SimRandom(1, 1), quality);
  const channel = { arrivedAtMs: 0 };
  const arrived: number[] = [];
  for (let message = 0; message < 500; message += 1)
    simulation.after(message, () => network.send(channel, () => arrived.push(message)));
  simulation.run(600_000);
  expect(arrived).toEqual(Array.from({ length: 500 }, (_, message) => message));
  expect(network.lost).toBeGreaterThan(100);
});

test('a trace is equal exactly when everything noted is', () => {
  const digest = (...values: number[]) => {
    const { trace } = new Simulation(1);
    for (const value of values) for (let i = 0; i < 2_000; i += 1) trace.note(value, i, 3);
    return trace.digest();
  };
  expect(digest(1, 2)).toBe(digest(1, 2));
  expect(digest(1, 2)).not.toBe(digest(2, 1));
});
