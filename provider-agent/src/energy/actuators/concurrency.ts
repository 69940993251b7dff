import type { NodePower } from '../node-power.ts';
import type { Setpoint } from '../policy/policy-types.ts';
import type { Actuator } from './actuator.ts';

/** Always there: fewer jobs at the same time, no new ones, or none at all. */
export class ConcurrencyActuator implements Actuator {
  readonly #node: NodePower;

  constructor(node: NodePower) {
    this.#node = node;
  }

  async apply({ slots, admission, closedFor, work }: Setpoint): Promise<boolean> {
    const node = this.#node;
    for (const reason of ['energy', 'quiet_hours'] as const)
      node.setPaused(reason, admission === 'closed' && closedFor === reason);
    if (work === 'run') node.limitSlots(slots);
    else if (node.load().runningJobs > 0) node.stopJobs('the node stops: no power for it');
    const { runningJobs } = node.load();
    return runningJobs <= (work === 'run' ? slots : 0);
  }
}
