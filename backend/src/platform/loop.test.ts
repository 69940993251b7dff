import { expect, test } from '@jest/globals';
import { Clock } from './clock.ts';
import { Loop } from './loop.ts';
import { Loops } from './loops.ts';
import { StructuredLog } from './structured-log.ts';

/** A clock whose sleeps end only when the test says so, or their signal aborts. */
class SteppedClock extends Clock {
  readonly sleeps: (() => void)[] = [];
  private announce: (() => void) | undefined;

  override nowMs(): number {
    return 0;
  }
  override sleep(_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.sleeps.push(resolve);
      this.announce?.();
    });
  }
  async asleep(count: number): Promise<void> {
    while (this.sleeps.length < count)
      await new Promise<void>((resolve) => {
        this.announce = resolve;
      });
  }
}

const ignore = () => undefined;

test('a loop runs at once, after each interval, and at once when woken', async () => {
  const clock = new SteppedClock();
  let steps = 0;
  const loop = new Loop({ intervalMs: 5, clock, step: async () => void steps++, onFailure: ignore });
  loop.start();
  await clock.asleep(1);
  expect(steps).toBe(1);
  clock.sleeps[0]?.();
  await clock.asleep(2);
  expect(steps).toBe(2);
  loop.wake();
  await clock.asleep(3);
  expect(steps).toBe(3);
  await loop.stop();
  expect(steps).toBe(3);
});

test('a failing step is reported and does not end the loop', async () => {
  const clock = new SteppedClock();
  const failures: unknown[] = [];
  const loop = new Loop({
    intervalMs: 5,
    clock,
    step: async () => {
      throw new Error('step');
    },
    onFailure: (error) => failures.push(error),
  });
  loop.start();
  await clock.asleep(1);
  clock.sleeps[0]?.();
  await clock.asleep(2);
  await loop.stop();
  expect(failures).toHaveLength(2);
});

test('stop waits for the running step and nothing runs after it', async () => {
  const clock = new SteppedClock();
  let finish: () => void = ignore;
  let ended = false;
  const loop = new Loop({
    intervalMs: 5,
    clock,
    step: async (signal) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      expect(signal.aborted).toBe(true);
      ended = true;
    },
    onFailure: ignore,
  });
  loop.start();
  const stopped = loop.stop();
  finish();
  await stopped;
  expect(ended).toBe(true);
  expect(clock.sleeps).toHaveLength(0);
});

test('background tasks report their failures by name, and all have ended before the application goes', async () => {
  const clock = new SteppedClock();
  const lines: string[] = [];
  const failures: string[] = [];
  const loops = new Loops(clock, new StructuredLog('error', (line) => lines.push(line)));
  const task = { intervalMs: 5, failure: 'test.failed', onFailure: () => failures.push('counted') };
  let running = 0;
  loops.start({ ...task, step: () => Promise.reject(new Error('why')) });
  loops.start({
    ...task,
    step: async () => {
      running += 1;
    },
  });
  await clock.asleep(2);
  await loops.beforeApplicationShutdown();
  expect(running).toBe(1);
  expect(failures).toEqual(['counted']);
  expect(lines).toEqual([expect.stringContaining('test.failed')]);
});
