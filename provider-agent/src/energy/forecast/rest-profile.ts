import type { LocalTime } from '../time/local-time.ts';
import { QUARTERS_A_DAY, quarterOfDay } from './quarter.ts';

/** About a month: so many weeks are in the mean of one quarter of the week. */
const WEEKS = 4;

export type RestProfileJson = readonly (readonly [cell: number, meanW: number, weeks: number])[];

/** What the home uses without the node, by quarter of the local week. */
export class RestProfile {
  readonly #local: LocalTime;
  readonly #cells = new Map<number, { meanW: number; weeks: number }>();

  constructor(local: LocalTime, json: RestProfileJson = []) {
    this.#local = local;
    for (const [cell, meanW, weeks] of json) this.#cells.set(cell, { meanW, weeks });
  }

  add(startMs: number, watts: number): void {
    const cell = this.#cellOf(startMs);
    const { meanW, weeks } = this.#cells.get(cell) ?? { meanW: 0, weeks: 0 };
    const count = Math.min(WEEKS, weeks + 1);
    this.#cells.set(cell, { meanW: meanW + (watts - meanW) / count, weeks: count });
  }

  /** Of that weekday, or else of all days that are known; undefined before there is any. */
  at(startMs: number): number | undefined {
    const cell = this.#cellOf(startMs);
    const known = this.#cells.get(cell);
    if (known) return known.meanW;
    let [sum, count] = [0, 0];
    for (let day = 0; day < 7; day += 1) {
      const other = this.#cells.get(day * QUARTERS_A_DAY + (cell % QUARTERS_A_DAY));
      if (!other) continue;
      sum += other.meanW;
      count += 1;
    }
    return count === 0 ? undefined : sum / count;
  }

  toJSON(): RestProfileJson {
    return [...this.#cells].map(([cell, { meanW, weeks }]) => [cell, Math.round(meanW), weeks]);
  }

  #cellOf(ms: number): number {
    return this.#local.at(ms).weekday * QUARTERS_A_DAY + quarterOfDay(this.#local, ms);
  }
}
