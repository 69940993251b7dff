import { parseJson } from '@hearth/sdk/protocol';
import { readIfThere } from '../../host/durable-file.ts';
import { NewestFile } from '../../host/newest-file.ts';
import { type DemandEvent, effectsOf } from '../events/demand-event.ts';
import type { SolarSlot } from '../feeds/price-slot.ts';
import type { SlotCache } from '../feeds/slot-cache.ts';
import { Forecaster, type ForecasterJson } from '../forecast/forecaster.ts';
import { type GridLimits, type PlannedQuarter, planRuns } from '../forecast/plan-runs.ts';
import type { Battery } from '../forecast/planned-battery.ts';
import { runWindows } from '../forecast/run-windows.ts';
import { isBatteryAssured } from '../forecast/sun-for-battery.ts';
import type { CostTerms } from '../policy/energy-cost.ts';
import type { PolicyConfig, SiteView } from '../policy/policy-types.ts';
import type { PriceTerms } from '../price/ask-price.ts';
import type { SensorBoard } from '../site/sensor-board.ts';
import type { ForecastReport } from '../snapshot.ts';
import type { LocalTime } from '../time/local-time.ts';
import { quietAt } from '../time/quiet-hours.ts';
import type { Tariff } from './tariff.ts';
import type { Wishes } from './wishes-file.ts';

export type ForecastParts = {
  readonly path: string;
  readonly policy: PolicyConfig;
  readonly hasPv: boolean;
  /** Undefined: there is none, or its size is not known. */
  readonly battery: Battery | undefined;
  readonly local: LocalTime;
  readonly board: SensorBoard;
  readonly tariff: Tariff;
  readonly terms: CostTerms;
  readonly priceTerms: PriceTerms;
  readonly solar: SlotCache<SolarSlot> | undefined;
  /** Standing caps of the home's import. */
  readonly importCapsW: readonly number[];
  /** Hears each plan. */
  onPlan(planned: readonly PlannedQuarter[]): void;
  onFailure(error: unknown): void;
};

/** A day and a half. */
const QUARTERS = 144;
/** A plan is looked at by people: often enough. */
const PLAN_EVERY_MS = 60_000;

/** Learns the home while it runs, plans the next day and a half, and remembers what it has learnt. */
export class ForecastDesk {
  readonly #parts: ForecastParts;
  readonly #forecaster: Forecaster;
  readonly #file: NewestFile;
  #planned: readonly PlannedQuarter[] = [];
  #plannedAtMs = Number.NEGATIVE_INFINITY;
  #plannedFor: Wishes | undefined;
  #isAssured = false;

  private constructor(parts: ForecastParts, json: ForecasterJson | undefined) {
    this.#parts = parts;
    this.#file = new NewestFile(parts.path, parts.onFailure);
    this.#forecaster = new Forecaster(parts.local, () => parts.solar?.slots ?? [], json);
  }

  /** A file that cannot be read is learnt anew. */
  static async open(parts: ForecastParts): Promise<ForecastDesk> {
    const kept = parseJson((await readIfThere(parts.path)) ?? '') as ForecasterJson | undefined;
    return new ForecastDesk(parts, kept && typeof kept === 'object' ? kept : undefined);
  }

  /** Once per cycle. */
  cycle(view: SiteView, wishes: Wishes, events: readonly DemandEvent[], nowMs: number): void {
    const { board, hasPv } = this.#parts;
    const pvW = hasPv ? board.value('pvW', nowMs) : 0;
    if (this.#forecaster.measure(nowMs, pvW, restOf(view, board.value('loadW', nowMs), pvW)))
      this.#file.write(JSON.stringify(this.#forecaster));
    if (nowMs - this.#plannedAtMs < PLAN_EVERY_MS && wishes === this.#plannedFor) return;
    this.#plannedAtMs = nowMs;
    this.#plannedFor = wishes;
    const forecast = this.#forecaster.forecast(nowMs, QUARTERS);
    const { policy, terms, tariff, local, battery } = this.#parts;
    const { socPercent } = view;
    const { batteryFirstPercent } = wishes;
    const storedWh =
      battery && socPercent !== undefined ? (socPercent / 100) * battery.capacityWh : undefined;
    this.#isAssured =
      battery !== undefined &&
      batteryFirstPercent !== undefined &&
      storedWh !== undefined &&
      isBatteryAssured(
        forecast,
        Math.max(0, (batteryFirstPercent / 100) * battery.capacityWh - storedWh),
        battery.efficiency,
        local.day(nowMs).endMs,
        this.#isAssured,
      );
    this.#planned = planRuns(forecast, {
      ...{ nowMs, policy, owner: wishes, terms },
      battery:
        battery && storedWh !== undefined ? { ...battery, storedWh, isAssured: this.#isAssured } : undefined,
      pricesAt: (atMs) => tariff.at(atMs, true),
      quietCapWAt: (atMs) => quietAt(wishes.quietHours, local, atMs)?.capW,
      dayEndMs: (atMs) => local.day(atMs).endMs,
      gridLimitsAt: (atMs) => this.#gridLimitsAt(atMs, events),
    });
    if (this.#planned.length > 0) this.#parts.onPlan(this.#planned);
  }

  /** The sun in sight fills the battery anyway: its charging now counts as free. */
  get isBatteryAssured(): boolean {
    return this.#isAssured;
  }

  /** Undefined before anything is known. */
  get report(): ForecastReport | undefined {
    if (this.#planned.length === 0) return undefined;
    return {
      quarters: this.#planned.map(
        ({ startMs, endMs, forecast: { pvW, restW }, prices, plannedW, battery }) => ({
          ...{ startMs, endMs, restW, plannedW },
          ...{ pvP10W: pvW.p10, pvP50W: pvW.p50, pvP90W: pvW.p90, importPerKwh: prices.importPerKwh },
          socPercent: battery?.socPercent,
        }),
      ),
      windows: runWindows(this.#planned, this.#parts.policy, this.#parts.priceTerms),
      isBatteryAssured: this.#isAssured,
      score: this.#forecaster.score.verdict,
    };
  }

  /** Resolves when what was learnt is on the disk. */
  saved(): Promise<void> {
    return this.#file.settled();
  }

  #gridLimitsAt(atMs: number, events: readonly DemandEvent[]): GridLimits {
    const { event, importCaps } = effectsOf(events, atMs);
    const importCapW = Math.min(...this.#parts.importCapsW, ...importCaps.map(({ capW }) => capW));
    return { factor: event?.factor ?? 1, importCapW };
  }
}

/** The home without the node; from what flows in where nothing measures the home itself. */
function restOf({ nodeW, gridW, batteryW }: SiteView, loadW: number | undefined, pvW: number | undefined) {
  const wholeW =
    loadW ??
    (gridW === undefined || batteryW === undefined || pvW === undefined ? undefined : gridW + batteryW + pvW);
  return wholeW === undefined ? undefined : Math.max(0, wholeW - nodeW);
}
