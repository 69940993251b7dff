import type { SimRandom } from '../engine/random.ts';

/** Sensors of the house. */
export const sensors = [
  'gridW',
  'pvW',
  'batteryW',
  'socPercent',
  'loadW',
  'nodeW',
  'circuit/kitchen',
] as const;
export type Sensor = (typeof sensors)[number];

/** `silent`, `nan`, `late_clock` and `flood` can be seen in a value itself; `liars` only by holding it against others. */
const visible = ['silent', 'nan', 'skewed', 'flood'] as const;
const liars = ['inverted', 'kilowatts', 'frozen'] as const;
export type FaultKind = (typeof visible)[number] | (typeof liars)[number];

export interface SensorFault {
  readonly sensor: Sensor;
  readonly kind: FaultKind;
  readonly fromS: number;
  readonly untilS: number;
}

/** After a fault the policy still has to notice that it is over. */
export const GUARD_S = 60;

/** One at a time, minutes each, some a day: a site where a second sensor lies at once cannot be told from another site. */
export function sensorFaults(random: SimRandom, days: number): SensorFault[] {
  const faults: SensorFault[] = [];
  for (let atS = 0; ; ) {
    const fromS = atS + random.between(1_800, 4 * 3_600);
    const untilS = fromS + random.between(40, 1_500);
    if (untilS >= days * 86_400) return faults;
    const sensor = sensors[random.below(sensors.length)] ?? 'gridW';
    const kinds = random.chance(0.5) ? visible : liars;
    const kind = kinds[random.below(kinds.length)] ?? 'silent';
    // A share of charge has no sign, and a thousandth of it is one nobody can tell from an empty battery.
    if (sensor !== 'socPercent' || kind === 'silent' || kind === 'nan' || kind === 'skewed')
      faults.push({ sensor, kind, fromS, untilS });
    atS = untilS + GUARD_S;
  }
}

export const isLying = ({ kind }: SensorFault) => (liars as readonly FaultKind[]).includes(kind);
