import { createHash, type Hash } from 'node:crypto';
import type { OperatingPoint } from '../policy/operating-point.ts';
import type { CycleResult } from '../service/energy-loop.ts';
import type { IntervalRecord } from './interval-record.ts';
import { type StatedEnergy, StatedShares } from './stated-shares.ts';

export const INTERVAL_MS = 15 * 60_000;

export type IntervalMeterOptions = {
  readonly currency: string;
  readonly carbonSource: { readonly source: string; readonly kind: 'average' | 'marginal' } | undefined;
};

/** What the node's draw is known by at the moment. */
export type NodeInstrument = { readonly source: string; readonly isPartial: boolean };

export type UnchainedRecord = Omit<IntervalRecord, 'previous'>;
export type ClosedInterval = {
  readonly record: UnchainedRecord;
  /** What the calibration says of the tokens of its jobs; NaN where some ran on a model that it is not of. */
  readonly expectedMilliJoules: number;
};

type Sums = {
  readonly startMs: number;
  nodeMilliJoules: number;
  idleMilliJoules: number;
  solarWh: number;
  batteryWh: number;
  importWh: number;
  cost: number;
  gramsWeighted: number;
  expectedJ: number;
  isMeasured: boolean;
  isPartial: boolean;
  readonly raw: Hash;
  readonly jobs: Map<string, number>;
  readonly signedReadings: string[];
};

/** Adds cycles up to quarters of an hour on the clock, and closes each into a record. */
export class IntervalMeter {
  readonly #options: IntervalMeterOptions;
  readonly #instrument: () => NodeInstrument;
  readonly #stated = new StatedShares();
  #sums: Sums | undefined;
  #point: OperatingPoint | undefined;

  /** @param instrument the node's meter at the moment */
  constructor(options: IntervalMeterOptions, instrument: () => NodeInstrument) {
    this.#options = options;
    this.#instrument = instrument;
  }

  /** @returns the interval that this cycle has left behind */
  cycle({ atMs, view, split, energy, energyCost, prices, point }: CycleResult): ClosedInterval | undefined {
    const startMs = Math.floor(atMs / INTERVAL_MS) * INTERVAL_MS;
    const closed = this.#sums && this.#sums.startMs !== startMs ? this.finish() : undefined;
    this.#sums ??= newSums(startMs);
    const sums = this.#sums;
    sums.nodeMilliJoules += energy.nodeMilliJoules;
    sums.idleMilliJoules += energy.idleMilliJoules;
    sums.solarWh += split.solarWh;
    sums.batteryWh += split.batteryWh;
    sums.importWh += split.importWh;
    sums.cost += energyCost;
    sums.gramsWeighted += (prices.gramsPerKwh ?? Number.NaN) * split.nodeWh;
    sums.isMeasured &&= view.isNodeMeasured;
    sums.isPartial ||= this.#instrument().isPartial;
    sums.raw.update(JSON.stringify([atMs, view.nodeW, view.gridW, view.batteryW, view.socPercent]));
    this.#point = point;
    return closed;
  }

  /** What a receipt adds to its job's energy; the signed figure itself, so that nobody has two of them. */
  receipt(stated: StatedEnergy): void {
    const { milliJoules, inputTokens, outputTokens } = this.#stated.added(stated);
    const sums = this.#sums;
    if (!sums || milliJoules === undefined) return;
    sums.jobs.set(stated.jobId, (sums.jobs.get(stated.jobId) ?? 0) + milliJoules);
    const { joulesPerInputToken = 0, joulesPerOutputToken = 0 } = this.#point ?? {};
    sums.expectedJ += stated.isOfPoints
      ? inputTokens * joulesPerInputToken + outputTokens * joulesPerOutputToken
      : Number.NaN;
  }

  /** A reading that the meter itself has signed. */
  signedReading(text: string): void {
    this.#sums?.signedReadings.push(text);
  }

  /** Ends the interval before its time, at a stop. */
  finish(): ClosedInterval | undefined {
    const sums = this.#sums;
    this.#sums = undefined;
    if (!sums) return undefined;
    const { currency, carbonSource } = this.#options;
    const { nodeMilliJoules, idleMilliJoules } = sums;
    const stated = [...sums.jobs.values()].reduce((sum, milliJoules) => sum + milliJoules, 0);
    const gramsPerKwh = sums.gramsWeighted / (nodeMilliJoules / 3_600_000);
    const record: UnchainedRecord = {
      v: 1,
      startMs: sums.startMs,
      endMs: sums.startMs + INTERVAL_MS,
      nodeEnergy: { milliJoules: nodeMilliJoules, ...this.#provenanceOf(sums), attested: false },
      idleMilliJoules,
      jobs: [...sums.jobs].map(([jobId, milliJoules]) => ({ jobId, milliJoules, basis: 'estimated' })),
      unallocatedMilliJoules: nodeMilliJoules - idleMilliJoules - stated,
      source: {
        solarWh: sums.solarWh,
        batteryWh: sums.batteryWh,
        importWh: sums.importWh,
        basis: 'estimated',
        method: 'site-netting v1',
      },
      cost: { amount: sums.cost, currency, basis: 'estimated' },
      ...(carbonSource && Number.isFinite(gramsPerKwh)
        ? { grid: { gramsPerKwh, basis: 'estimated' as const, ...carbonSource } }
        : {}),
      signedReadings: sums.signedReadings,
      rawDigest: `0x${sums.raw.digest('hex')}`,
    };
    return { record, expectedMilliJoules: Math.round(sums.expectedJ * 1_000) };
  }

  #provenanceOf({
    isMeasured,
    isPartial,
  }: Sums): Pick<IntervalRecord['nodeEnergy'], 'basis' | 'instrument' | 'scope'> {
    if (!isMeasured) return { basis: 'estimated', instrument: 'operating points', scope: 'setpoint' };
    const instrument = this.#instrument().source;
    return isPartial
      ? { basis: 'estimated', instrument, scope: 'parts' }
      : { basis: 'measured', instrument, scope: 'wall' };
  }
}

const newSums = (startMs: number): Sums => ({
  startMs,
  nodeMilliJoules: 0,
  idleMilliJoules: 0,
  solarWh: 0,
  batteryWh: 0,
  importWh: 0,
  cost: 0,
  gramsWeighted: 0,
  expectedJ: 0,
  isMeasured: true,
  isPartial: false,
  raw: createHash('sha256'),
  jobs: new Map(),
  signedReadings: [],
});
