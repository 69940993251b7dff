import { ruleOf, type Signal } from './signals.ts';
import { factorToCanonical } from './units.ts';

/** One value as a source heard it, before anybody believes it. */
export type RawSample = {
  readonly value: unknown;
  /** As the source states it; else the unit of the mapping holds. */
  readonly unit?: string | undefined;
  /** When it was measured, if the source says so. */
  readonly measuredAtMs?: number | undefined;
  /** A broker's stored copy: nobody knows how old it is. */
  readonly isRetained?: boolean | undefined;
  /** Of parts only, with the rest put on top by the owner: a processor, a card. */
  readonly isPartial?: boolean | undefined;
};

/** What a home has said about one of its sensors. */
export type Mapping = {
  readonly signal: Signal;
  readonly unit: string;
  /** The sensor counts the other way round than our frame. */
  readonly isInverted: boolean;
};

export type Reading = {
  /** In the canonical unit and frame. */
  readonly value: number;
  readonly measuredAtMs: number;
  readonly seenAtMs: number;
  readonly isPartial: boolean;
};

export type SampleFault =
  | 'unavailable'
  | 'not_a_number'
  | 'unknown_unit'
  | 'wrong_sign'
  | 'out_of_range'
  | 'clock_skew'
  | 'retained_only'
  | 'flood'
  | 'out_of_order';

/** A source's clock may be this much ahead of ours before nobody can tell how old its values are. */
export const MAX_SKEW_MS = 5_000;

const UNAVAILABLE = new Set(['unavailable', 'unknown', 'none', 'null', '']);

/** A raw sample in the canonical frame, or what is wrong with it. */
export function normalise(
  raw: RawSample,
  mapping: Mapping,
  nowMs: number,
  rule = ruleOf(mapping.signal),
): Reading | SampleFault {
  const number = toNumber(raw.value);
  if (typeof number !== 'number') return number;
  if (raw.isRetained) return 'retained_only';
  const measuredAtMs = raw.measuredAtMs ?? nowMs;
  if (!Number.isFinite(measuredAtMs) || measuredAtMs > nowMs + MAX_SKEW_MS) return 'clock_skew';
  const factor = factorToCanonical(raw.unit ?? mapping.unit, rule.dimension);
  if (factor === undefined) return 'unknown_unit';
  const value = number * factor * (mapping.isInverted ? -1 : 1) + 0; // no −0
  if (value > rule.max) return 'out_of_range';
  if (value < rule.min) {
    if (rule.clampFrom === undefined) return 'out_of_range';
    if (value < rule.clampFrom) return 'wrong_sign';
  }
  return {
    value: Math.max(value, rule.min),
    measuredAtMs: Math.min(measuredAtMs, nowMs),
    seenAtMs: nowMs,
    isPartial: raw.isPartial === true,
  };
}

function toNumber(value: unknown): number | SampleFault {
  if (typeof value === 'number') return Number.isFinite(value) ? value : 'not_a_number';
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || value === undefined) return 'unavailable';
  if (typeof value !== 'string') return 'not_a_number';
  const text = value.trim().replace(/^"(.*)"$/, '$1');
  if (UNAVAILABLE.has(text.toLowerCase())) return 'unavailable';
  // Number() takes '0x10' and '1e3' too; a meter writes plain decimals, with an exponent at most.
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : 'not_a_number';
}
