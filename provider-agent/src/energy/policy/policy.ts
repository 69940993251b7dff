import { type Allowance, allowance } from './allowance.ts';
import type { Cycle, PolicyInput, Step } from './cycle.ts';
import { demand } from './demand.ts';
import { type PolicyState, times } from './policy-state.ts';
import type { PolicyConfig, Reason, Setpoint } from './policy-types.ts';
import { rest } from './rest.ts';
import { run } from './run.ts';
import { judgeSafety, waitAfterStop } from './safe-stop.ts';

export type Decision = {
  readonly state: PolicyState;
  readonly setpoint: Setpoint;
  readonly reason: Reason;
  /** When the state changes by itself, if nothing else does. */
  readonly nextChangeMs: number | undefined;
  readonly allowed: Allowance;
  readonly surplusW: number | undefined;
  readonly costPerKwh: number;
};

/** Pure: the same inputs give the same decision. Safety first, then what the owner said, then economics. */
export function decide(config: PolicyConfig, before: PolicyState, input: PolicyInput): Decision {
  const { nowMs, owner, site } = input;
  const allowed = allowance(config, owner, site, before.held);
  const wanted = demand(config, input);
  const [politeW, politeReason] = politeLimit(input, allowed);
  const cycle: Cycle = { config, input, allowed, wanted, politeW, politeReason };
  const { state, reason, nextChangeMs } = stepOf(cycle, afterOwnersChange(before, input));
  return {
    state: { ...state, held: allowed.held, lastStepMs: nowMs },
    setpoint: { ...setpointOf(config, state, nowMs), closedFor: closedFor(politeReason) },
    reason,
    nextChangeMs,
    allowed,
    surplusW: wanted.surplusW,
    costPerKwh: wanted.costPerKwh,
  };
}

function stepOf(cycle: Cycle, state: PolicyState): Step {
  if (state.stop) return waitAfterStop(cycle, state, state.stop);
  if (state.point < 0) return rest(cycle, state);
  const judged = judgeSafety(cycle, state);
  return judged.state.stop ? judged : run(cycle, judged.state);
}

/** A new wish starts with fresh timers: nothing that was counted for the old one may delay it or end it. */
function afterOwnersChange(state: PolicyState, { owner, nowMs }: PolicyInput): PolicyState {
  const isPaused = owner.pausedUntilMs !== undefined && nowMs < owner.pausedUntilMs;
  if (state.mode === owner.mode && state.isPaused === isPaused) return state;
  return {
    ...state,
    mode: owner.mode,
    isPaused,
    startHoldSinceMs: undefined,
    shortfallMs: 0,
    shortfallWh: 0,
    stoppedAtMs: undefined,
  };
}

function politeLimit(
  { owner, site, nowMs }: PolicyInput,
  allowed: Allowance,
): [watts: number, reason: Reason | undefined] {
  if (owner.mode === 'off') return [0, { code: 'mode_off' }];
  if (owner.pausedUntilMs !== undefined && nowMs < owner.pausedUntilMs) return [0, { code: 'paused' }];
  if (site.quiet && site.quiet.capW < allowed.watts)
    return [site.quiet.capW, { code: 'quiet_hours', watts: site.quiet.capW }];
  return [allowed.watts, undefined];
}

const closedFor = (politeReason: Reason | undefined): Setpoint['closedFor'] =>
  politeReason?.code === 'quiet_hours' ? 'quiet_hours' : 'energy';

function setpointOf(
  { points }: PolicyConfig,
  state: PolicyState,
  nowMs: number,
): Omit<Setpoint, 'closedFor'> {
  const point = points[state.point];
  if (!point) return { slots: 0, powerCapW: points[0]?.powerCapW, admission: 'closed', work: 'stop' };
  const { overLimitSinceMs } = state;
  const isOver = overLimitSinceMs !== undefined && nowMs - overLimitSinceMs >= times.overLimitClosesAfterMs;
  return {
    slots: point.slots,
    powerCapW: point.powerCapW,
    admission: state.name === 'run' && !isOver ? 'open' : 'closed',
    work: 'run',
  };
}
