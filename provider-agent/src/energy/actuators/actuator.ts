import type { Setpoint } from '../policy/policy-types.ts';

/** One way to make the node draw less. */
export interface Actuator {
  /** Brings the node towards the setpoint. @returns whether a look at the node has confirmed that it is there */
  apply(setpoint: Setpoint, signal: AbortSignal): Promise<boolean>;
}
