import type { OperatingPoint } from './operating-point.ts';

export const modes = ['off', 'solar', 'min+solar', 'cheap', 'now'] as const;
export type Mode = (typeof modes)[number];

/** A wait that ends in time; `code` says what then happens. */
export type Reason = {
  readonly code: ReasonCode;
  /** The circuit, event or sensor that it is about. */
  readonly subject?: string | undefined;
  readonly watts?: number | undefined;
};

export type LimitCode =
  | 'node_maximum'
  | 'circuit_limit'
  | 'circuit_meter_unknown'
  | 'import_cap'
  | 'import_meter_unknown'
  | 'user_cap'
  | 'temperature'
  | 'temperature_unknown'
  | 'demand_event'
  | 'islanded'
  | 'battery_reserve'
  | 'over_limit';

export type ReasonCode =
  | LimitCode
  | 'mode_off'
  | 'paused'
  | 'quiet_hours'
  | 'running_now'
  | 'running_on_surplus'
  | 'running_at_minimum'
  | 'running_cheap'
  | 'running_out'
  | 'warming'
  | 'finishing_jobs'
  | 'too_little_surplus'
  | 'surplus_unknown'
  | 'surplus_must_hold'
  | 'energy_too_expensive'
  | 'rest_after_stop'
  | 'too_many_starts'
  | 'wait_for_clean_minutes';

export type StateName = 'off' | 'blocked' | 'warming' | 'run' | 'draining' | 'standby' | 'safe-stop';

/** What the home's configuration says; changes rarely. */
export type PolicyConfig = {
  /** In order of watts; at least one. */
  readonly points: readonly OperatingPoint[];
  /** Believed safe when a meter that guards a limit is not heard. */
  readonly staticSafeW: number;
  readonly hasBattery: boolean;
  readonly maxTemperatureC: number | undefined;
  /** Cost of energy up to which mode `cheap` runs at full power, in the tariff's currency per kWh. */
  readonly cheapBelowPerKwh: number | undefined;
  readonly cheapBelowGramsPerKwh: number | undefined;
};

/** What the owner wants at the moment; from the dashboard, Home Assistant or the file. */
export type OwnerWishes = {
  readonly mode: Mode;
  readonly pausedUntilMs: number | undefined;
  readonly capW: number | undefined;
  /** The node never runs on the battery at or below this. */
  readonly reservePercent: number | undefined;
  /** Below this, charging the battery goes before the node. */
  readonly batteryFirstPercent: number | undefined;
};

export type CircuitView = {
  readonly id: string;
  /** k · V · I of the breaker. */
  readonly limitW: number;
  /** Undefined: nobody knows. */
  readonly loadW: number | undefined;
};

export type ImportCap = { readonly subject: string; readonly capW: number };

export type EventEffect = {
  /** Share of the allowance that stays. */
  readonly factor: number;
  readonly subject: string;
  readonly untilMs: number | undefined;
};

/** The site at one moment; undefined: not known well enough to be used. */
export type SiteView = {
  readonly gridW: number | undefined;
  readonly batteryW: number | undefined;
  readonly socPercent: number | undefined;
  /** Measured, or else what the node is set to. */
  readonly nodeW: number;
  readonly isNodeMeasured: boolean;
  readonly temperatureC: number | undefined;
  readonly isIslanded: boolean;
  /** Grid import, by the worse of the ways to know it: limits hold even if one of the meters lies. */
  readonly worstGridW: number | undefined;
  readonly circuits: readonly CircuitView[];
  readonly importCaps: readonly ImportCap[];
  readonly event: EventEffect | undefined;
  readonly quiet: { readonly capW: number; readonly untilMs: number } | undefined;
};

export type EnergyPrices = {
  readonly importPerKwh: number;
  readonly exportPerKwh: number;
  readonly gramsPerKwh: number | undefined;
};

/** What the actuators have confirmed. */
export type Actual = {
  readonly isReady: boolean;
  /** The last setpoint is in force. */
  readonly isConfirmed: boolean;
  readonly runningJobs: number;
};

export type Setpoint = {
  readonly slots: number;
  readonly powerCapW: number | undefined;
  readonly admission: 'open' | 'closed';
  /** What the market is told while it is closed. */
  readonly closedFor: 'energy' | 'quiet_hours';
  /** `stop` ends running jobs. */
  readonly work: 'run' | 'stop';
};
