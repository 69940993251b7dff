import { z } from 'zod';
import type { OwnerPause } from '../owner-pause.ts';
import type { Timers } from '../ports.ts';
import type { EnergyPort } from './energy-port.ts';
import { type SignCheck, signCheck } from './sign-check.ts';

const LONGEST_PAUSE_MS = 366 * 24 * 3600_000;

const pauseRequest = z.strictObject({
  /** Null: until the owner goes on. */
  untilMs: z.int().min(0).nullable(),
});

const minute = z.int().min(0).max(1_439);
const quietWindow = z.strictObject({
  fromMinute: minute,
  toMinute: minute,
  /** On which a window begins, 0 = Sunday; all when left out. */
  weekdays: z.array(z.int().min(0).max(6)).min(1).optional(),
  capW: z.number().min(0).max(100_000),
});

const wishRequest = z.strictObject({
  mode: z.enum(['off', 'solar', 'min+solar', 'cheap', 'now']).optional(),
  capW: z.number().min(0).max(100_000).nullable().optional(),
  reservePercent: z.number().min(0).max(100).nullable().optional(),
  batteryFirstPercent: z.number().min(0).max(100).nullable().optional(),
  quietHours: z.array(quietWindow).max(16).optional(),
});

export type OwnerControls = {
  readonly pause: OwnerPause;
  readonly energy: EnergyPort | undefined;
  readonly timers: Timers;
  readonly nowMs: () => number;
};

/** The buttons of the page. Each answers when what it asked for is on disk, or was found. */
export function ownerAction(
  controls: OwnerControls,
  path: string,
  body: unknown,
): Promise<unknown> | undefined {
  switch (path) {
    case '/api/pause':
      return pause(controls, body);
    case '/api/resume':
      return resume(controls);
    case '/api/wishes':
      return wish(controls, body);
    case '/api/sign-check':
      return checkSign(controls, body);
    default:
      return undefined;
  }
}

async function pause({ pause, energy, nowMs }: OwnerControls, body: unknown): Promise<void> {
  const { untilMs } = pauseRequest.parse(body);
  if (untilMs !== null && (untilMs <= nowMs() || untilMs > nowMs() + LONGEST_PAUSE_MS))
    throw new Error('a pause ends in the future, within a year');
  await pause.pause(untilMs);
  await energy?.wish({ pausedUntilMs: untilMs ?? nowMs() + LONGEST_PAUSE_MS });
}

async function resume({ pause, energy }: OwnerControls): Promise<void> {
  await pause.resume();
  await energy?.wish({ pausedUntilMs: undefined });
}

async function wish({ energy }: OwnerControls, body: unknown): Promise<void> {
  const wishes = wishRequest.parse(body);
  await needed(energy).wish(
    Object.fromEntries(Object.entries(wishes).map(([name, value]) => [name, value ?? undefined])),
  );
}

async function checkSign({ energy, timers }: OwnerControls, body: unknown): Promise<SignCheck> {
  return signCheck(needed(energy), timers, body);
}

function needed(energy: EnergyPort | undefined): EnergyPort {
  if (!energy) throw new Error('home.yaml has no energy section');
  return energy;
}
