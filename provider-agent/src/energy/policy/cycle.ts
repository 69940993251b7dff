import type { Allowance } from './allowance.ts';
import type { Demand } from './demand.ts';
import type { CostTerms } from './energy-cost.ts';
import { largestWithin } from './operating-point.ts';
import type { PolicyState } from './policy-state.ts';
import type { Actual, EnergyPrices, OwnerWishes, PolicyConfig, Reason, SiteView } from './policy-types.ts';

export type PolicyInput = {
  readonly nowMs: number;
  readonly site: SiteView;
  readonly owner: OwnerWishes;
  readonly prices: EnergyPrices;
  readonly terms: CostTerms;
  readonly actual: Actual;
  /** Per operating point, at today's ask; undefined: more watts, more profit. */
  readonly profitPerHour: readonly number[] | undefined;
  /** The forecast fills the battery anyway: "battery first" need not be waited for. */
  readonly isBatteryAssured: boolean;
  /** Uniform in [0, 1): spreads the restarts after a stop. */
  readonly randomFraction: number;
};

/** Everything that the handler of a state reads; computed once per cycle. */
export type Cycle = {
  readonly config: PolicyConfig;
  readonly input: PolicyInput;
  readonly allowed: Allowance;
  readonly wanted: Demand;
  /** What the owner's politer limits leave: quiet hours, pause, mode off. Work drains for them; it is not cut off. */
  readonly politeW: number;
  readonly politeReason: Reason | undefined;
};

/** What the handler of a state says: the new state, why, and until when. */
export type Step = {
  readonly state: PolicyState;
  readonly reason: Reason;
  readonly nextChangeMs?: number | undefined;
};

/** Whether any operating point stays within the hard limits. */
export const fits = ({ config, allowed }: Cycle) => largestWithin(config.points, allowed.watts) >= 0;

/** The same with what the owner asked for on top. */
export const fitsPolitely = ({ config, politeW }: Cycle) => largestWithin(config.points, politeW) >= 0;
