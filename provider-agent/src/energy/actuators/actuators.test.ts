import { expect, test } from '@jest/globals';
import type { Setpoint } from '../policy/policy-types.ts';
import { parseGpuStatus } from '../sources/nvidia-smi.ts';
import { ConcurrencyActuator } from './concurrency.ts';
import { GpuPowerCap } from './gpu-power-cap.ts';

const setpoint = (over: Partial<Setpoint>): Setpoint => ({
  slots: 2,
  powerCapW: undefined,
  admission: 'open',
  closedFor: 'energy',
  work: 'run',
  ...over,
});
const never = new AbortController().signal;

/** As `nvidia-smi` prints it for two cards, the second of which stays at what it is set to. */
class Smi {
  limits = [450, 450];
  isRoot = true;
  readonly commands: string[] = [];
  run = async (args: readonly string[]) => {
    this.commands.push(args.join(' '));
    if (args[0]?.startsWith('--query-gpu'))
      return this.limits
        .map((watts, i) => `GPU-${i}, 201.5, [N/A], ${watts}.00, 100.00, 450.00, ${61 + i}\n`)
        .join('');
    if (!this.isRoot) throw new Error('Insufficient Permissions');
    const index = Number(args[1]?.slice(4));
    this.limits[index] = Number(args[3]);
    return '';
  };
}

test('E15: cards are capped at their share, and confirmed by reading back', async () => {
  const smi = new Smi();
  const cap = new GpuPowerCap(smi.run);
  expect(await cap.apply(setpoint({ powerCapW: 600 }), never)).toBe(true);
  expect(smi.limits).toEqual([300, 300]);
  expect(await cap.apply(setpoint({ powerCapW: 600 }), never)).toBe(true);
  expect(smi.commands.filter((command) => command.includes('-pl'))).toHaveLength(2);
  expect(await cap.apply(setpoint({ powerCapW: 20 }), never)).toBe(true);
  expect(smi.limits).toEqual([100, 100]); // what the card allows
});

test('E15: without the right to set it, nothing is confirmed', async () => {
  const smi = new Smi();
  smi.isRoot = false;
  await expect(new GpuPowerCap(smi.run).apply(setpoint({ powerCapW: 600 }), never)).rejects.toThrow(
    'Permissions',
  );
});

test('E15: what a card does not know is unknown, and a line that is none is refused', () => {
  expect(parseGpuStatus('GPU-1, [N/A], [N/A], [N/A], 100.00, 450.00, 55\n')).toEqual([
    {
      uuid: 'GPU-1',
      powerW: undefined,
      enforcedLimitW: undefined,
      minLimitW: 100,
      maxLimitW: 450,
      temperatureC: 55,
    },
  ]);
  expect(() => parseGpuStatus('No devices were found')).toThrow('expected 7 columns');
});

test('E15: concurrency is always there: fewer slots, no admission, or nothing at all', async () => {
  const calls: string[] = [];
  let runningJobs = 3;
  const node = {
    limitSlots: (slots: number) => calls.push(`limit ${slots}`),
    setPaused: (reason: string, isPaused: boolean) => isPaused && calls.push(`paused for ${reason}`),
    stopJobs: () => {
      calls.push('stop');
      runningJobs = 0;
    },
    reprice: () => {},
    planSales: () => {},
    declareEnergy: () => {},
    load: () => ({ isReady: true, runningJobs, slots: 4 }),
    card: () => undefined,
    isClockSynced: () => true,
  };
  const actuator = new ConcurrencyActuator(node);
  expect(await actuator.apply(setpoint({}))).toBe(false); // three run where two may
  expect(await actuator.apply(setpoint({ slots: 3, admission: 'closed', closedFor: 'quiet_hours' }))).toBe(
    true,
  );
  expect(await actuator.apply(setpoint({ work: 'stop', slots: 0, admission: 'closed' }))).toBe(true);
  expect(calls).toEqual(['limit 2', 'paused for quiet_hours', 'limit 3', 'paused for energy', 'stop']);
});
