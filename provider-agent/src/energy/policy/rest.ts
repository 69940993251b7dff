import { type Cycle, fits, fitsPolitely, type Step } from './cycle.ts';
import { type PolicyState, times } from './policy-state.ts';
import type { Reason, StateName } from './policy-types.ts';

/** Nothing runs: off, blocked, or waiting for a reason to start. */
export function rest(cycle: Cycle, state: PolicyState): Step {
  const { input, allowed, politeReason } = cycle;
  const { owner, site } = input;
  const code = politeReason?.code;
  if (code === 'mode_off') return resting(cycle, state, 'off', politeReason);
  if (code === 'paused') return resting(cycle, state, 'off', politeReason, owner.pausedUntilMs);
  if (!fits(cycle)) {
    const untilMs = allowed.code === 'demand_event' ? site.event?.untilMs : undefined;
    return resting(cycle, state, 'blocked', { code: allowed.code, subject: allowed.subject }, untilMs);
  }
  if (!fitsPolitely(cycle)) return resting(cycle, state, 'blocked', politeReason, site.quiet?.untilMs);
  return startOrWait(cycle, state);
}

function startOrWait(cycle: Cycle, state: PolicyState): Step {
  const { wanted, input } = cycle;
  const { nowMs } = input;
  if (!wanted.starts) return resting(cycle, state, 'standby', notYet(cycle));
  const startHoldSinceMs = state.startHoldSinceMs ?? nowMs;
  const startsMs = state.startsMs.filter((atMs) => nowMs - atMs < 3600_000);
  const waits: readonly (readonly [number, Reason['code']])[] = [
    [wanted.needsHold ? startHoldSinceMs + times.startHoldMs : nowMs, 'surplus_must_hold'],
    [(state.stoppedAtMs ?? Number.NEGATIVE_INFINITY) + times.minimumRestMs, 'rest_after_stop'],
    [startsMs.length < times.startsPerHour ? nowMs : (startsMs[0] ?? 0) + 3600_000, 'too_many_starts'],
  ];
  const [untilMs, code] = waits.reduce((longest, wait) => (wait[0] > longest[0] ? wait : longest));
  if (untilMs > nowMs) {
    const waiting = { ...state, startHoldSinceMs };
    return { ...standing(waiting, 'standby', nowMs), reason: { code }, nextChangeMs: untilMs };
  }
  return {
    state: {
      ...state,
      name: 'warming',
      sinceMs: nowMs,
      point: 0,
      pointSinceMs: nowMs,
      startedAtMs: nowMs,
      startsMs: [...startsMs, nowMs],
      startHoldSinceMs: undefined,
      shortfallMs: 0,
      shortfallWh: 0,
    },
    reason: { code: 'warming' },
  };
}

/** Running reasons do not explain a rest: with just enough to go on, there is too little to start. */
function notYet({ wanted }: Cycle): Reason {
  if (wanted.reason.code !== 'running_on_surplus') return wanted.reason;
  return { code: 'too_little_surplus', watts: wanted.surplusW };
}

function resting(
  { input }: Cycle,
  state: PolicyState,
  name: StateName,
  reason: Reason | undefined,
  untilMs?: number,
): Step {
  const calm = state.startHoldSinceMs === undefined ? state : { ...state, startHoldSinceMs: undefined };
  return {
    ...standing(calm, name, input.nowMs),
    reason: reason ?? { code: 'mode_off' },
    nextChangeMs: untilMs,
  };
}

function standing(state: PolicyState, name: StateName, nowMs: number): { state: PolicyState } {
  return { state: state.name === name ? state : { ...state, name, sinceMs: nowMs } };
}
