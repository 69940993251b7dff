import type { DayReport } from '../snapshot.ts';
import type { LocalTime } from '../time/local-time.ts';
import type { EnergySplit } from './energy-split.ts';

const NOTHING: DayReport = { nodeWh: 0, solarWh: 0, batteryWh: 0, importWh: 0, energyCost: 0, starts: 0 };

/** Sums since local midnight. */
export class DayAccount {
  readonly #local: LocalTime;
  #endMs = 0;
  #today = NOTHING;

  constructor(local: LocalTime) {
    this.#local = local;
  }

  get today(): DayReport {
    return this.#today;
  }

  add(split: EnergySplit, energyCost: number, starts: number, nowMs: number): void {
    if (nowMs >= this.#endMs) {
      this.#endMs = this.#local.day(nowMs).endMs;
      this.#today = NOTHING;
    }
    const { nodeWh, solarWh, batteryWh, importWh } = this.#today;
    this.#today = {
      nodeWh: nodeWh + split.nodeWh,
      solarWh: solarWh + split.solarWh,
      batteryWh: batteryWh + split.batteryWh,
      importWh: importWh + split.importWh,
      energyCost: this.#today.energyCost + energyCost,
      starts: this.#today.starts + starts,
    };
  }
}
