import { createHash, type Hash } from 'node:crypto';
import type { OperatingPoint } from '../policy/operating-point.ts';
import type { CycleResult } from '../service/energy-loop.ts';
import type { IntervalRecord } from './interval-record.ts';
import { type JobWork, shareEnergy } from './job-shares.ts';

export const INTERVAL_MS = 15 * 60_000;

export type IntervalMeterOptions = {
  readonly idleW: number;
  readonly currency: string;
  readonly carbonSource: { readonly source: string; readonly kind: 'average' | 'marginal' } | undefined;
  /** Weights of tokens. */
  readonly point: OperatingPoint;
};

type Sums = {
  readonly startMs: number;
  nodeJ: number;
  idleJ: number;
  solarWh: number;
  batteryWh: number;
  importWh: number;
  cost: number;
  gramsWeighted: number;
  isMeasured: boolean;
  readonly raw: Hash;
  readonly jobs: JobWork[];
  readonly signedReadings: string[];
};

/** Adds cycles up to quarters of an hour on the clock, and closes each into a record. */
export class IntervalMeter {
  readonly #options: IntervalMeterOptions;
  readonly #instrument: () => string;
  readonly #close: (record: Omit<IntervalRecord, 'previous'>) => void;
  #sums: Sums | undefined;

  /** @param instrument the source of the node's meter at the moment */
  constructor(
    options: IntervalMeterOptions,
    instrument: () => string,
    close: (record: Omit<IntervalRecord, 'previous'>) => void,
  ) {
    this.#options = options;
    this.#instrument = instrument;
    this.#close = close;
  }

  cycle({ atMs, view, split, energyCost, prices }: CycleResult): void {
    const startMs = Math.floor(atMs / INTERVAL_MS) * INTERVAL_MS;
    if (this.#sums && this.#sums.startMs !== startMs) this.finish();
    this.#sums ??= newSums(startMs);
    const sums = this.#sums;
    const joules = split.nodeWh * 3_600;
    const seconds = view.nodeW > 0 ? joules / view.nodeW : 0;
    sums.nodeJ += joules;
    sums.idleJ += Math.min(joules, this.#options.idleW * seconds);
    sums.solarWh += split.solarWh;
    sums.batteryWh += split.batteryWh;
    sums.importWh += split.importWh;
    sums.cost += energyCost;
    sums.gramsWeighted += (prices.gramsPerKwh ?? Number.NaN) * split.nodeWh;
    sums.isMeasured &&= view.isNodeMeasured;
    sums.raw.update(JSON.stringify([atMs, view.nodeW, view.gridW, view.batteryW, view.socPercent]));
  }

  /** A job whose receipt has come: its tokens get their share of this interval. */
  job(work: JobWork): void {
    this.#sums?.jobs.push(work);
  }

  /** A reading that the meter itself has signed. */
  signedReading(text: string): void {
    this.#sums?.signedReadings.push(text);
  }

  /** Ends the interval before its time, at a stop. */
  finish(): void {
    const sums = this.#sums;
    this.#sums = undefined;
    if (!sums) return;
    const { currency, carbonSource, point } = this.#options;
    const milliJoules = Math.round(sums.nodeJ * 1_000);
    const idleMilliJoules = Math.min(milliJoules, Math.round(sums.idleJ * 1_000));
    const work = milliJoules - idleMilliJoules;
    const shares = shareEnergy(work, sums.jobs, point.joulesPerInputToken, point.joulesPerOutputToken);
    const gramsPerKwh = sums.gramsWeighted / (sums.nodeJ / 3_600);
    this.#close({
      v: 1,
      startMs: sums.startMs,
      endMs: sums.startMs + INTERVAL_MS,
      nodeEnergy: {
        milliJoules,
        basis: sums.isMeasured ? 'measured' : 'estimated',
        instrument: sums.isMeasured ? this.#instrument() : 'operating points',
        scope: sums.isMeasured ? 'wall' : 'setpoint',
        attested: false,
      },
      idleMilliJoules,
      jobs: sums.jobs.map(({ leaseId }, index) => ({
        leaseId,
        milliJoules: shares[index] ?? 0,
        basis: 'estimated',
      })),
      unallocatedMilliJoules: work - shares.reduce((sum, share) => sum + share, 0),
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
    });
  }
}

const newSums = (startMs: number): Sums => ({
  startMs,
  nodeJ: 0,
  idleJ: 0,
  solarWh: 0,
  batteryWh: 0,
  importWh: 0,
  cost: 0,
  gramsWeighted: 0,
  isMeasured: true,
  raw: createHash('sha256'),
  jobs: [],
  signedReadings: [],
});
