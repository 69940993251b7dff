import type { Dimension } from './units.ts';

/**
 * The canonical frame of a site. Everything inside the agent is in it; every source converts at its edge:
 * `gridW` + = import, `batteryW` + = discharge, `pvW`, `loadW` (whole home, node included) and `nodeW` ≥ 0.
 */
export const baseSignals = [
  'gridW',
  'pvW',
  'batteryW',
  'socPercent',
  'loadW',
  'nodeW',
  'temperatureC',
  /** Import cap that a panel, a utility or a contract sets at the moment. */
  'importLimitW',
  /** 1 while the home is cut off from the grid. */
  'islanded',
  /** For a home without a tariff feed; currency of the tariff. */
  'importPerKwh',
  'exportPerKwh',
  'gramsPerKwh',
] as const;

export type BaseSignal = (typeof baseSignals)[number];
/** Power of one circuit on the way from the node's outlet to the meter, consumption positive. */
export type CircuitSignal = `circuit/${string}`;
export type Signal = BaseSignal | CircuitSignal;

export type SignalRule = {
  readonly dimension: Dimension;
  readonly min: number;
  readonly max: number;
  /** Below `min` but above this, the value counts as `min`: an inverter draws a few watts at night. */
  readonly clampFrom?: number;
  /** Older than this it is not the truth any more. */
  readonly maxAgeMs: number;
};

/** No home of ours moves more than this; a value beyond it is in a wrong unit. */
export const MAX_SITE_W = 100_000;
const POWER_AGE_MS = 60_000;

const power = { dimension: 'power', maxAgeMs: POWER_AGE_MS } as const;
const signed: SignalRule = { ...power, min: -MAX_SITE_W, max: MAX_SITE_W };
const positive: SignalRule = { ...power, min: 0, max: MAX_SITE_W, clampFrom: -100 };

const rules: Readonly<Record<BaseSignal, SignalRule>> = {
  gridW: signed,
  pvW: positive,
  batteryW: signed,
  socPercent: { dimension: 'share', min: 0, max: 100, maxAgeMs: 15 * 60_000 },
  loadW: positive,
  nodeW: { ...positive, clampFrom: -20 },
  temperatureC: { dimension: 'temperature', min: -40, max: 150, maxAgeMs: POWER_AGE_MS },
  importLimitW: { ...power, min: 0, max: MAX_SITE_W, maxAgeMs: 15 * 60_000 },
  islanded: { dimension: 'flag', min: 0, max: 1, maxAgeMs: 15 * 60_000 },
  importPerKwh: { dimension: 'price', min: -100, max: 100, maxAgeMs: 75 * 60_000 },
  exportPerKwh: { dimension: 'price', min: -100, max: 100, maxAgeMs: 75 * 60_000 },
  gramsPerKwh: { dimension: 'carbon', min: 0, max: 3_000, maxAgeMs: 75 * 60_000 },
};

export function ruleOf(signal: Signal): SignalRule {
  return isCircuit(signal) ? signed : rules[signal];
}

export function isCircuit(signal: Signal): signal is CircuitSignal {
  return signal.startsWith('circuit/');
}
