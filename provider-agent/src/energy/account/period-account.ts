import type { DayReport } from '../snapshot.ts';

const NOTHING: DayReport = { nodeWh: 0, solarWh: 0, batteryWh: 0, importWh: 0, energyCost: 0, starts: 0 };

/** Sums since a period of local time began: a day, a month. */
export class PeriodAccount {
  readonly #periodOf: (ms: number) => string;
  #period = '';
  #sums = NOTHING;

  constructor(periodOf: (ms: number) => string) {
    this.#periodOf = periodOf;
  }

  get sums(): DayReport {
    return this.#sums;
  }

  add(part: DayReport, nowMs: number): void {
    const period = this.#periodOf(nowMs);
    if (period !== this.#period) {
      this.#period = period;
      this.#sums = NOTHING;
    }
    const { nodeWh, solarWh, batteryWh, importWh, energyCost, starts } = this.#sums;
    this.#sums = {
      nodeWh: nodeWh + part.nodeWh,
      solarWh: solarWh + part.solarWh,
      batteryWh: batteryWh + part.batteryWh,
      importWh: importWh + part.importWh,
      energyCost: energyCost + part.energyCost,
      starts: starts + part.starts,
    };
  }
}
