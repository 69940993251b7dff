import { type Cycle, fitsPolitely, type Step } from './cycle.ts';
import { bestWithin, largestWithin } from './operating-point.ts';
import { type PolicyState, times } from './policy-state.ts';
import type { ReasonCode } from './policy-types.ts';

/** At work and within the limits: warm up, follow the wanted level, or come to an end. */
export function run(cycle: Cycle, state: PolicyState): Step {
  if (state.name === 'draining') return drain(cycle, state);
  if (!fitsPolitely(cycle)) return beginDrain(cycle, state, cycle.politeReason?.code ?? 'mode_off');
  const counted = countShortfall(cycle, state);
  if (mustEnd(cycle, counted)) return beginDrain(cycle, counted, cycle.wanted.reason.code);
  const levelled = level(cycle, counted);
  if (levelled.name === 'warming') return warm(cycle, levelled);
  if (levelled.shortfallMs === 0) return { state: levelled, reason: cycle.wanted.reason };
  const endsAtMs = cycle.input.nowMs + times.longestShortfallMs - levelled.shortfallMs;
  return {
    state: levelled,
    reason: { code: 'running_out', watts: cycle.wanted.surplusW },
    nextChangeMs: Math.max(endsAtMs, minimumRunEndMs(levelled)),
  };
}

function warm({ input }: Cycle, state: PolicyState): Step {
  const { actual, nowMs } = input;
  const isWarm = actual.isReady && actual.isConfirmed;
  return {
    state: isWarm ? { ...state, name: 'run', sinceMs: nowMs } : state,
    reason: { code: 'warming' },
  };
}

/** Time and import energy for want of surplus; flickering clouds add up to their net. */
function countShortfall({ wanted, input }: Cycle, state: PolicyState): PolicyState {
  if (wanted.supports && (state.shortfallMs === 0 || !wanted.needsHold))
    return state.shortfallMs === 0 ? state : { ...state, shortfallMs: 0, shortfallWh: 0 };
  const passedMs = input.nowMs - state.lastStepMs;
  const missingW = input.site.nodeW - Math.max(0, wanted.surplusW ?? 0);
  const shortfallMs = Math.max(0, state.shortfallMs + (wanted.supports ? -passedMs : passedMs));
  const shortfallWh = Math.max(0, state.shortfallWh + (missingW * passedMs) / 3_600_000);
  return { ...state, shortfallMs, shortfallWh };
}

function mustEnd({ wanted, input }: Cycle, state: PolicyState): boolean {
  if (wanted.supports || input.nowMs < minimumRunEndMs(state)) return false;
  const { shortfallMs, shortfallWh } = state;
  return (
    shortfallMs >= times.longestShortfallMs ||
    (shortfallMs >= times.shortfallMs && shortfallWh >= times.shortfallWh)
  );
}

const minimumRunEndMs = ({ startedAtMs }: PolicyState) => (startedAtMs ?? 0) + times.minimumRunMs;

/** Down at once where a limit demands it; else one point per half minute, and only after the last one is confirmed. */
function level({ config, input, politeW, wanted }: Cycle, state: PolicyState): PolicyState {
  const { points } = config;
  const { nowMs, actual, profitPerHour } = input;
  const largest = largestWithin(points, politeW);
  if (state.point > largest) return { ...state, point: largest, pointSinceMs: nowMs };
  if (!actual.isConfirmed || state.overLimitSinceMs !== undefined) return state;
  if (nowMs - state.pointSinceMs < times.levelStepMs) return state;
  const capW = Math.min(politeW, wanted.targetW);
  const best = Math.max(0, bestWithin(points, capW, profitPerHour));
  if (best === state.point) return state;
  return { ...state, point: state.point + Math.sign(best - state.point), pointSinceMs: nowMs };
}

function beginDrain(cycle: Cycle, state: PolicyState, drainCode: ReasonCode): Step {
  return drain(cycle, { ...state, name: 'draining', sinceMs: cycle.input.nowMs, drainCode });
}

/** No new jobs; those that run may finish, for a while. Their level still follows the limits. */
function drain({ config, input, allowed }: Cycle, state: PolicyState): Step {
  const { nowMs, actual } = input;
  const endsAtMs = state.sinceMs + times.drainMs;
  const isDone = nowMs > state.sinceMs && actual.isConfirmed && actual.runningJobs === 0;
  if (isDone || nowMs >= endsAtMs) {
    const stopped = { ...state, name: 'standby', sinceMs: nowMs, point: -1, pointSinceMs: nowMs } as const;
    return {
      state: { ...stopped, stoppedAtMs: nowMs, shortfallMs: 0, shortfallWh: 0, drainCode: undefined },
      reason: { code: state.drainCode ?? 'finishing_jobs' },
    };
  }
  const point = Math.min(state.point, largestWithin(config.points, allowed.watts));
  return {
    state: point === state.point ? state : { ...state, point, pointSinceMs: nowMs },
    reason: { code: 'finishing_jobs', subject: state.drainCode },
    nextChangeMs: endsAtMs,
  };
}
