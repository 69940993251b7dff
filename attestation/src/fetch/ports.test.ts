import { expect, test } from '@jest/globals';
import { delay, systemPorts } from './ports.ts';

test("the platform's timers fire, and do not once they are called off", async () => {
  const fired: string[] = [];
  const cancel = systemPorts.timers.after(0, () => fired.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => systemPorts.timers.after(0, resolve));
  expect(fired).toEqual([]);
});

test("the platform's clock and chance are within their ranges", () => {
  expect(systemPorts.clock.nowMs()).toBeGreaterThan(Date.UTC(2026, 0, 1));
  expect(systemPorts.random.fraction()).toBeLessThan(1);
});

test('a delay ends at once when its signal has fired', async () => {
  const reason = new Error('stopped');
  await expect(delay(systemPorts.timers, 60_000, AbortSignal.abort(reason))).rejects.toMatchObject({
    code: 'cancelled',
    cause: reason,
  });
});
