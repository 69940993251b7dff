import type { Reason, ReasonCode } from './policy-types.ts';

const words: Readonly<Record<ReasonCode, (subject: string, watts: string) => string>> = {
  node_maximum: () => 'at full power',
  circuit_limit: (circuit) => `circuit ${circuit} has no room left`,
  circuit_meter_unknown: (circuit) => `nobody hears the meter of circuit ${circuit}`,
  import_cap: (cap) => `the import cap "${cap}" leaves no room`,
  import_meter_unknown: (cap) => `the import cap "${cap}" holds, and nobody hears the grid meter`,
  user_cap: () => 'your own power cap leaves no room',
  temperature: () => 'the node is too hot',
  temperature_unknown: () => 'nobody hears the temperature sensor',
  demand_event: (event) => `demand event ${event}`,
  islanded: () => 'the home is cut off from the grid',
  battery_reserve: () => 'the battery is at its reserve',
  over_limit: () => 'the node drew more than it was set to',
  mode_off: () => 'switched off',
  paused: () => 'paused by you',
  quiet_hours: () => 'quiet hours',
  running_now: () => 'running because you said so',
  running_on_surplus: () => 'running on surplus',
  running_at_minimum: () => 'running at its smallest power',
  running_cheap: () => 'running on cheap energy',
  running_out: () => 'going on for a while without surplus',
  warming: () => 'getting ready',
  finishing_jobs: () => 'finishing its jobs',
  too_little_surplus: (_, watts) => `too little surplus (${watts})`,
  surplus_unknown: () => 'the surplus is not known',
  surplus_must_hold: () => 'the surplus has to hold for a minute',
  energy_too_expensive: () => 'energy is too expensive',
  rest_after_stop: () => 'resting after the last run',
  too_many_starts: () => 'has started often enough this hour',
  wait_for_clean_minutes: (cause) => `waiting until nothing has been wrong for a while (${cause})`,
};

/** In English, for logs; the dashboard has its own words for the same codes. */
export function reasonWords({ code, subject, watts }: Reason): string {
  return words[code](subject ?? '', watts === undefined ? '? W' : `${Math.round(watts)} W`);
}
