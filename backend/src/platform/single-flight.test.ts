import { expect, test } from '@jest/globals';
import { SingleFlight } from './single-flight.ts';

test('calls during a run share one later run, and never overlap', async () => {
  let runs = 0;
  let active = 0;
  const finish: (() => void)[] = [];
  const flight = new SingleFlight(async () => {
    active += 1;
    expect(active).toBe(1);
    runs += 1;
    const mine = runs;
    await new Promise<void>((resolve) => finish.push(resolve));
    active -= 1;
    return mine;
  });

  const first = flight.run();
  const [second, third] = [flight.run(), flight.run()];
  finish[0]?.();
  expect(await first).toBe(1);
  await Promise.resolve();
  finish[1]?.();
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  const fourth = flight.run();
  finish[2]?.();
  expect(await fourth).toBe(3);
});

test('a run after a failed one is not infected by it', async () => {
  let attempt = 0;
  const flight = new SingleFlight(async () => {
    attempt += 1;
    if (attempt === 1) throw new Error('first');
    return attempt;
  });
  const [first, second] = [flight.run(), flight.run()];
  await expect(first).rejects.toThrow('first');
  expect(await second).toBe(2);
});
