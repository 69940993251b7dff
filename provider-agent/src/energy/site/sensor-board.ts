import { type Mapping, normalise, type RawSample, type Reading, type SampleFault } from './normalise.ts';
import { ruleOf, type Signal, type SignalRule } from './signals.ts';

export type Quality = 'good' | 'stale' | 'unknown' | 'suspect';

/** A signal as it may be used at one moment: `value` is there exactly when `quality` is good. */
export type Assessed = {
  readonly value: number | undefined;
  readonly quality: Quality;
  readonly ageMs: number | undefined;
  readonly source: string | undefined;
  /** Why it is not good. */
  readonly cause: SignalFault | undefined;
};

/** The checks of readings against each other. */
const checks = ['balance', 'below_node', 'frozen', 'implausible'] as const;
export type Check = (typeof checks)[number];
export type SignalFault = SampleFault | Check | 'silent' | 'late' | 'source_lost' | 'unmapped';

/** More samples of one signal in a second than this are noise: the newest of them counts, the rest is dropped. */
export const MAX_SAMPLES_PER_SECOND = 20;

type Entry = {
  reading: Reading | undefined;
  source: string;
  fault: SignalFault | undefined;
  faultAtMs: number;
  /** Slowly forgotten maximum of the gaps between updates: what "on time" means for this sensor. */
  typicalGapMs: number;
  floodWindowStartMs: number;
  samplesInWindow: number;
  readonly rule: SignalRule;
  /** One bit for each check that it fails. */
  suspicions: number;
};

const UNMAPPED: Assessed = {
  value: undefined,
  quality: 'unknown',
  ageMs: undefined,
  source: undefined,
  cause: 'unmapped',
};

/** The newest reading of every signal, and how much each may be believed. Deterministic: callers bring the time. */
export class SensorBoard {
  readonly #entries = new Map<Signal, Entry>();

  /** Takes a sample in, or remembers what is wrong with it. A bad sample never replaces a good one: age does. */
  accept(source: string, mapping: Mapping, raw: RawSample, nowMs: number): SampleFault | undefined {
    const entry = this.#entryOf(mapping.signal, source, nowMs);
    if (nowMs - entry.floodWindowStartMs >= 1_000) {
      entry.floodWindowStartMs = nowMs;
      entry.samplesInWindow = 0;
    }
    entry.samplesInWindow += 1;
    if (entry.samplesInWindow > MAX_SAMPLES_PER_SECOND) return this.#fault(entry, 'flood', nowMs);
    const reading = normalise(raw, mapping, nowMs, entry.rule);
    if (typeof reading === 'string') {
      // The source itself says that it does not know: nothing older is true any more.
      if (reading === 'unavailable') entry.reading = undefined;
      return this.#fault(entry, reading, nowMs);
    }
    const before = entry.reading;
    if (reading.isPartial && before && !before.isPartial && this.value(mapping.signal, nowMs) !== undefined)
      return undefined; // a meter that sees the whole is better, as long as it is heard
    if (before && reading.measuredAtMs < before.measuredAtMs)
      return this.#fault(entry, 'out_of_order', nowMs);
    if (before) entry.typicalGapMs = Math.max(reading.seenAtMs - before.seenAtMs, entry.typicalGapMs * 0.95);
    entry.reading = reading;
    entry.source = source;
    if (entry.samplesInWindow === 1) entry.fault = undefined;
    return undefined;
  }

  /** The source is gone, or says so of its device: what it told us is not the truth any more. */
  lost(source: string, nowMs: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.source !== source) continue;
      entry.reading = undefined;
      this.#fault(entry, 'source_lost', nowMs);
    }
  }

  /** A check found that the signal cannot be right, or that it can again. */
  suspect(signal: Signal, check: Check, isSuspect: boolean): void {
    const entry = this.#entries.get(signal);
    if (!entry) return;
    const bit = 1 << checks.indexOf(check);
    entry.suspicions = isSuspect ? entry.suspicions | bit : entry.suspicions & ~bit;
  }

  /** For economics: good until the age limit of the signal. */
  value(signal: Signal, nowMs: number): number | undefined {
    const entry = this.#entries.get(signal);
    return entry?.suspicions === 0 ? youngerThan(entry, entry.rule.maxAgeMs, nowMs) : undefined;
  }

  /**
   * For limits: good only as long as the sensor keeps the pace that it has shown. A meter that used to speak every few
   * seconds is believed for 2.5 of its gaps (at least 10 s), a slow one for the age limit at most.
   */
  strictValue(signal: Signal, nowMs: number): number | undefined {
    const entry = this.#entries.get(signal);
    return entry?.suspicions === 0 ? youngerThan(entry, lateAfterMs(entry), nowMs) : undefined;
  }

  /** For the checks themselves: whatever others suspect. */
  uncheckedValue(signal: Signal, nowMs: number): number | undefined {
    const entry = this.#entries.get(signal);
    return entry && youngerThan(entry, entry.rule.maxAgeMs, nowMs);
  }

  /** For people: the value, or why there is none. */
  assess(signal: Signal, nowMs: number): Assessed {
    const entry = this.#entries.get(signal);
    if (!entry) return UNMAPPED;
    const { reading, source, fault } = entry;
    if (!reading) return { value: undefined, quality: 'unknown', ageMs: undefined, source, cause: fault };
    const ageMs = nowMs - reading.measuredAtMs;
    const { maxAgeMs } = entry.rule;
    if (ageMs > lateAfterMs(entry)) {
      const isFaulty = fault !== undefined && entry.faultAtMs >= reading.seenAtMs;
      const cause = isFaulty ? fault : ageMs > maxAgeMs ? 'silent' : 'late';
      return { value: undefined, quality: 'stale', ageMs, source, cause };
    }
    const suspicion = suspicionOf(entry);
    if (suspicion) return { value: undefined, quality: 'suspect', ageMs, source, cause: suspicion };
    return { value: reading.value, quality: 'good', ageMs, source, cause: undefined };
  }

  /** The meter of a signal sees parts of it only. */
  isPartial(signal: Signal): boolean {
    return this.#entries.get(signal)?.reading?.isPartial === true;
  }

  get signals(): Signal[] {
    return [...this.#entries.keys()];
  }

  #fault<Fault extends SignalFault>(entry: Entry, fault: Fault, nowMs: number): Fault {
    entry.fault = fault;
    entry.faultAtMs = nowMs;
    return fault;
  }

  #entryOf(signal: Signal, source: string, nowMs: number): Entry {
    const known = this.#entries.get(signal);
    if (known) return known;
    const entry: Entry = {
      reading: undefined,
      source,
      fault: undefined,
      faultAtMs: nowMs,
      typicalGapMs: 0,
      floodWindowStartMs: nowMs,
      samplesInWindow: 0,
      rule: ruleOf(signal),
      suspicions: 0,
    };
    this.#entries.set(signal, entry);
    return entry;
  }
}

function suspicionOf({ suspicions }: Entry): Check | undefined {
  return checks.find((_, index) => (suspicions & (1 << index)) !== 0);
}

function youngerThan({ reading }: Entry, maxAgeMs: number, nowMs: number): number | undefined {
  return reading && nowMs - reading.measuredAtMs <= maxAgeMs ? reading.value : undefined;
}

function lateAfterMs({ typicalGapMs, rule: { maxAgeMs } }: Entry): number {
  return typicalGapMs === 0 ? maxAgeMs : Math.min(maxAgeMs, Math.max(10_000, 2.5 * typicalGapMs));
}
