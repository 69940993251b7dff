export type Dimension =
  | 'power'
  | 'energy'
  | 'share'
  | 'current'
  | 'temperature'
  | 'flag'
  | 'price'
  | 'carbon';

/** How much of the canonical unit (W, Wh, %, A, °C) one of each is. */
const units: Readonly<Record<Dimension, Readonly<Record<string, number>>>> = {
  power: { mW: 0.001, W: 1, kW: 1_000, MW: 1_000_000 },
  energy: { J: 1 / 3_600, kJ: 1 / 3.6, mWh: 0.001, Wh: 1, kWh: 1_000, MWh: 1_000_000 },
  share: { '%': 1, '1': 100 },
  current: { mA: 0.001, A: 1 },
  temperature: { '°C': 1, C: 1 },
  flag: { '': 1 },
  price: { '1/kWh': 1, '0.01/kWh': 0.01, '1/MWh': 0.001 },
  carbon: { 'g/kWh': 1, 'kg/MWh': 1, 'lb/MWh': 0.453_592_37 },
};

const factors: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  Object.entries(units).map(([dimension, each]) => [dimension, new Map(Object.entries(each))]),
);

export const canonicalUnits: Readonly<Record<Dimension, string>> = {
  power: 'W',
  energy: 'Wh',
  share: '%',
  current: 'A',
  temperature: '°C',
  flag: '',
  price: '1/kWh',
  carbon: 'g/kWh',
};

/** Undefined: `unit` does not measure `dimension`. */
export function factorToCanonical(unit: string, dimension: Dimension): number | undefined {
  return factors.get(dimension)?.get(unit);
}
