import { hasDrifted, LEAST_RUNS } from './calibration.ts';

/** Two hours of work. */
const INTERVALS = 8;

/** Holds what work has taken against what the calibration says of its tokens, over the last intervals in which there was any. */
export class CalibrationDrift {
  #intervals: readonly (readonly [measured: number, expected: number])[] = [];

  /**
   * @param factor that the expectation has been put right by before
   * @returns measured over expected, where that is more than 15 % beside it
   */
  add(measuredMilliJoules: number, expectedMilliJoules: number, factor: number): number | undefined {
    if (!(expectedMilliJoules > 0)) return undefined; // NaN: nothing is expected of that work
    this.#intervals = [...this.#intervals, [measuredMilliJoules, expectedMilliJoules] as const].slice(
      -INTERVALS,
    );
    if (this.#intervals.length < LEAST_RUNS) return undefined;
    const sum = (index: 0 | 1) => this.#intervals.reduce((total, interval) => total + interval[index], 0);
    return hasDrifted(sum(0), sum(1) * factor) ? sum(0) / sum(1) : undefined;
  }
}
