import type { LocalTime } from '../time/local-time.ts';
import { type Quantiles, quantilesOf } from './quantiles.ts';
import { quarterOfDay } from './quarter.ts';

const DAYS = 10;
/** About a week of daylight. */
const MOST_RATIOS = 400;
const LEAST_RATIOS = 32;
/** Before anything is known of a feed: how far the sky is off what was said. */
const UNKNOWN: Quantiles = { p10: 0.3, p50: 1, p90: 1.4 };
/** How much of yesterday's scale is still in today's: shade and dirt change slowly. */
const FORGET = 0.995;
/** Below this a ratio says nothing. */
const LEAST_W = 50;

export type SolarOutlookJson = {
  readonly said: number;
  readonly came: number;
  readonly ratios: readonly number[];
  readonly days: readonly (readonly [quarter: number, watts: readonly number[]])[];
};

/**
 * What the panels will give: what the feed says times what this roof makes of it, and as far off as it has been; without a feed,
 * what the same quarter of the last days gave.
 */
export class SolarOutlook {
  readonly #local: LocalTime;
  readonly #days = new Map<number, number[]>();
  #said = 0;
  #came = 0;
  #ratios: number[] = [];
  /** Of the ratios, until another is learnt: a forecast asks for each of its quarters. */
  #spread: Quantiles | undefined;

  constructor(local: LocalTime, json?: SolarOutlookJson) {
    this.#local = local;
    if (!json) return;
    this.#said = json.said;
    this.#came = json.came;
    this.#ratios = [...json.ratios];
    for (const [quarter, watts] of json.days) this.#days.set(quarter, [...watts]);
  }

  /** A quarter of an hour is over. @param saidW by the feed, when it was still to come */
  learn(startMs: number, cameW: number, saidW: number | undefined): void {
    const quarter = quarterOfDay(this.#local, startMs);
    this.#days.set(quarter, [...(this.#days.get(quarter) ?? []), cameW].slice(-DAYS));
    if (saidW === undefined || saidW < LEAST_W) return;
    this.#ratios.push(cameW / (saidW * this.#scale));
    if (this.#ratios.length > MOST_RATIOS) this.#ratios.shift();
    this.#spread = undefined;
    this.#said = this.#said * FORGET + saidW;
    this.#came = this.#came * FORGET + cameW;
  }

  /** Undefined where nothing at all is known. */
  at(startMs: number, saidW: number | undefined): Quantiles | undefined {
    if (saidW === undefined) {
      const days = this.#days.get(quarterOfDay(this.#local, startMs));
      return days && quantilesOf(days);
    }
    this.#spread ??= this.#ratios.length < LEAST_RATIOS ? UNKNOWN : quantilesOf(this.#ratios);
    const { p10, p50, p90 } = this.#spread;
    const watts = saidW * this.#scale;
    return { p10: watts * p10, p50: watts * p50, p90: watts * p90 };
  }

  toJSON(): SolarOutlookJson {
    const rounded = (watts: number[]) => watts.map(Math.round);
    return {
      said: this.#said,
      came: this.#came,
      ratios: this.#ratios,
      days: [...this.#days].map(([quarter, watts]) => [quarter, rounded(watts)]),
    };
  }

  get #scale(): number {
    return this.#said > 0 ? this.#came / this.#said : 1;
  }
}
