import { type Cycle, fits, type Step } from './cycle.ts';
import { type PolicyState, type SafeStop, times } from './policy-state.ts';
import type { LimitCode } from './policy-types.ts';

/** A meter's noise is no breach. */
const toleranceW = (allowedW: number) => Math.max(15, 0.03 * allowedW);

/** Working: may it go on? No timer delays a limit; the ladder is only for a node that draws more than it was set to. */
export function judgeSafety(cycle: Cycle, state: PolicyState): Step {
  const { allowed, input } = cycle;
  if (!fits(cycle)) return stopNow(cycle, state, allowed.code, allowed.subject);
  const { site, nowMs } = input;
  const isOver = site.isNodeMeasured && site.nodeW > allowed.watts + toleranceW(allowed.watts);
  const overLimitSinceMs = isOver ? (state.overLimitSinceMs ?? nowMs) : undefined;
  const overMs = overLimitSinceMs === undefined ? 0 : nowMs - overLimitSinceMs;
  if (overMs >= times.overLimitStopsAfterMs) return stopNow(cycle, state, 'over_limit', allowed.subject);
  const isClosing = overMs >= times.overLimitClosesAfterMs;
  const point = isClosing ? 0 : state.point;
  const reason = { code: 'over_limit' } as const;
  if (point === state.point)
    return {
      state: state.overLimitSinceMs === overLimitSinceMs ? state : { ...state, overLimitSinceMs },
      reason,
    };
  return { state: { ...state, overLimitSinceMs, point, pointSinceMs: nowMs }, reason };
}

function stopNow({ input }: Cycle, state: PolicyState, code: LimitCode, subject: string | undefined): Step {
  const { nowMs, randomFraction } = input;
  return {
    state: {
      ...state,
      name: 'safe-stop',
      sinceMs: nowMs,
      point: -1,
      pointSinceMs: nowMs,
      stoppedAtMs: nowMs,
      startHoldSinceMs: undefined,
      shortfallMs: 0,
      shortfallWh: 0,
      overLimitSinceMs: undefined,
      drainCode: undefined,
      stop: {
        code,
        subject,
        cleanSinceMs: undefined,
        restartDelayMs: Math.floor(randomFraction * times.randomRestartMs),
      },
    },
    reason: { code, subject },
  };
}

/** Five minutes without anything wrong, and a random while more; then the node is merely waiting. */
export function waitAfterStop(cycle: Cycle, state: PolicyState, stop: SafeStop): Step {
  const { nowMs } = cycle.input;
  if (!fits(cycle)) {
    const { code, subject } = cycle.allowed;
    return {
      state: { ...state, stop: { ...stop, code, subject, cleanSinceMs: undefined } },
      reason: { code, subject },
      nextChangeMs: code === 'demand_event' ? cycle.input.site.event?.untilMs : undefined,
    };
  }
  const cleanSinceMs = stop.cleanSinceMs ?? nowMs;
  const endsAtMs = cleanSinceMs + times.cleanMs + stop.restartDelayMs;
  if (nowMs >= endsAtMs)
    return {
      state: { ...state, name: 'standby', sinceMs: nowMs, stop: undefined },
      reason: { code: 'rest_after_stop' },
    };
  return {
    state: { ...state, stop: { ...stop, cleanSinceMs } },
    reason: { code: 'wait_for_clean_minutes', subject: stop.code },
    nextChangeMs: endsAtMs,
  };
}
