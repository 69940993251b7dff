import type { LocalTime } from '../time/local-time.ts';

export const QUARTER_MS = 15 * 60_000;
export const QUARTERS_A_DAY = 96;

export const quarterStart = (ms: number): number => Math.floor(ms / QUARTER_MS) * QUARTER_MS;

/** Quarter of the local day, 0–95. */
export const quarterOfDay = (local: LocalTime, ms: number): number =>
  Math.floor(local.at(ms).minuteOfDay / 15);
