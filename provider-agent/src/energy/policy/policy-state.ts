import type { Held } from './allowance.ts';
import type { LimitCode, Mode, ReasonCode, StateName } from './policy-types.ts';

/** Everything the policy remembers from one cycle to the next. A plain value: a step makes a new one. */
export type PolicyState = {
  readonly name: StateName;
  readonly sinceMs: number;
  readonly lastStepMs: number;
  readonly mode: Mode;
  readonly isPaused: boolean;
  /** Row of the operating points in force; −1 while no work is done. */
  readonly point: number;
  readonly pointSinceMs: number;
  readonly held: Held;
  /** Since when a start would have been justified without a break. */
  readonly startHoldSinceMs: number | undefined;
  /** How long the run has lacked its surplus, and what it has imported for that; surplus that comes back pays both off. */
  readonly shortfallMs: number;
  readonly shortfallWh: number;
  readonly startedAtMs: number | undefined;
  readonly stoppedAtMs: number | undefined;
  /** Starts of the last hour. */
  readonly startsMs: readonly number[];
  readonly overLimitSinceMs: number | undefined;
  /** Why work ends, while draining. */
  readonly drainCode: ReasonCode | undefined;
  readonly stop: SafeStop | undefined;
};

export type SafeStop = {
  readonly code: LimitCode;
  readonly subject: string | undefined;
  /** Since when nothing has been wrong. */
  readonly cleanSinceMs: number | undefined;
  /** Drawn once per stop, so that the homes of a street do not come back in one second. */
  readonly restartDelayMs: number;
};

export const times = {
  startHoldMs: 60_000,
  minimumRunMs: 10 * 60_000,
  minimumRestMs: 5 * 60_000,
  /** A run without its surplus ends when both are exceeded … */
  shortfallWh: 50,
  shortfallMs: 180_000,
  /** … and at the latest after this. */
  longestShortfallMs: 15 * 60_000,
  levelStepMs: 30_000,
  startsPerHour: 6,
  overLimitClosesAfterMs: 10_000,
  overLimitStopsAfterMs: 30_000,
  drainMs: 60_000,
  cleanMs: 5 * 60_000,
  randomRestartMs: 120_000,
} as const;

/** A node that has just come up: nothing runs, nothing is remembered, and the first start waits like any other. */
export function initialState(nowMs: number): PolicyState {
  return {
    name: 'standby',
    sinceMs: nowMs,
    lastStepMs: nowMs,
    mode: 'off',
    isPaused: false,
    point: -1,
    pointSinceMs: nowMs,
    held: { isReserveHeld: false, isThermalHeld: false },
    startHoldSinceMs: undefined,
    shortfallMs: 0,
    shortfallWh: 0,
    startedAtMs: undefined,
    stoppedAtMs: undefined,
    startsMs: [],
    overLimitSinceMs: undefined,
    drainCode: undefined,
    stop: undefined,
  };
}
