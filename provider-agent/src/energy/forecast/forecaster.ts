import { type SolarSlot, slotAt } from '../feeds/price-slot.ts';
import type { LocalTime } from '../time/local-time.ts';
import { ForecastScore, type ForecastScoreJson } from './forecast-score.ts';
import type { Quantiles } from './quantiles.ts';
import { QUARTER_MS, quarterStart } from './quarter.ts';
import { RestProfile, type RestProfileJson } from './rest-profile.ts';
import { SolarOutlook, type SolarOutlookJson } from './solar-outlook.ts';

/** One quarter of an hour to come. */
export type SiteForecast = {
  readonly startMs: number;
  readonly endMs: number;
  readonly pvW: Quantiles;
  /** The home without the node. */
  readonly restW: number;
};

export type ForecasterJson = {
  readonly rest: RestProfileJson;
  readonly solar: SolarOutlookJson;
  readonly score: ForecastScoreJson;
};

/** How fast what is measured now gives way to what is usual: gone after an hour. */
const ANCHOR_QUARTERS = 4;
/** The forecast that is judged is the one that was made so long before. */
export const SCORED_AHEAD_QUARTERS = 16;

type Sums = { readonly startMs: number; pvW: number; restW: number; cycles: number };
type Quarter = { readonly startMs: number; readonly pvW: number; readonly restW: number };
/** With what was usual for it before it was learnt. */
type LastQuarter = Quarter & { readonly pvUsualW: number; readonly restUsualW: number };

/** Learns what this home and this roof do, and says what the next day and a half will bring. Deterministic: callers bring time. */
export class Forecaster {
  readonly #rest: RestProfile;
  readonly #solar: SolarOutlook;
  readonly score: ForecastScore;
  readonly #saidSlots: () => readonly SolarSlot[];
  #sums: Sums | undefined;
  #last: LastQuarter | undefined;
  readonly #ahead = new Map<number, Quantiles>();
  readonly #yesterday = new Map<number, number>();

  /** @param saidSlots what the solar feed says at the moment; empty without one */
  constructor(local: LocalTime, saidSlots: () => readonly SolarSlot[], json?: ForecasterJson) {
    this.#rest = new RestProfile(local, json?.rest);
    this.#solar = new SolarOutlook(local, json?.solar);
    this.score = new ForecastScore(json?.score);
    this.#saidSlots = saidSlots;
  }

  /** Each cycle; what is not known is left out. @returns whether a quarter of an hour has just been learnt */
  measure(nowMs: number, pvW: number | undefined, restW: number | undefined): boolean {
    const startMs = quarterStart(nowMs);
    const before = this.#sums;
    const isOver = before !== undefined && before.startMs !== startMs;
    if (isOver) this.#learn(before);
    if (!before || isOver) this.#sums = { startMs, pvW: 0, restW: 0, cycles: 0 };
    const sums = this.#sums;
    if (!sums || pvW === undefined || restW === undefined) return isOver;
    sums.pvW += pvW;
    sums.restW += restW;
    sums.cycles += 1;
    return isOver;
  }

  /** From the quarter that runs at `nowMs` on, as far as both the roof and the home are known. */
  forecast(nowMs: number, quarters: number): SiteForecast[] {
    const firstMs = quarterStart(nowMs);
    const found: SiteForecast[] = [];
    for (let index = 0; index < quarters; index += 1) {
      const startMs = firstMs + index * QUARTER_MS;
      const pvW = this.#pvAt(startMs);
      const restW = this.#rest.at(startMs);
      if (!pvW || restW === undefined) break;
      found.push({ startMs, endMs: startMs + QUARTER_MS, pvW, restW });
    }
    return this.#anchored(found);
  }

  toJSON(): ForecasterJson {
    return { rest: this.#rest.toJSON(), solar: this.#solar.toJSON(), score: this.score.toJSON() };
  }

  #pvAt(startMs: number): Quantiles | undefined {
    return this.#solar.at(startMs, this.#saidAt(startMs));
  }

  #saidAt(startMs: number): number | undefined {
    return slotAt(this.#saidSlots(), startMs + QUARTER_MS / 2)?.watts;
  }

  /** What was measured last is nearer to the truth than what is usual, for a while. */
  #anchored(found: readonly SiteForecast[]): SiteForecast[] {
    const first = found[0];
    const last = this.#last;
    if (!first || !last || last.startMs !== first.startMs - QUARTER_MS) return [...found];
    return found.map((slot, index) => {
      const share = Math.max(0, 1 - index / ANCHOR_QUARTERS);
      if (share === 0) return slot;
      const shift = (watts: number) => Math.max(0, watts + share * (last.pvW - last.pvUsualW));
      const { p10, p50, p90 } = slot.pvW;
      return {
        ...slot,
        pvW: { p10: shift(p10), p50: shift(p50), p90: shift(p90) },
        restW: Math.max(0, slot.restW + share * (last.restW - last.restUsualW)),
      };
    });
  }

  #learn({ startMs, pvW, restW, cycles }: Sums): void {
    if (cycles === 0) return;
    const quarter = { startMs, pvW: pvW / cycles, restW: restW / cycles };
    this.#judge(quarter);
    this.#last = {
      ...quarter,
      pvUsualW: this.#pvAt(startMs)?.p50 ?? quarter.pvW,
      restUsualW: this.#rest.at(startMs) ?? quarter.restW,
    };
    this.#solar.learn(startMs, quarter.pvW, this.#saidAt(startMs));
    this.#rest.add(startMs, quarter.restW);
    const aheadMs = startMs + (1 + SCORED_AHEAD_QUARTERS) * QUARTER_MS;
    const ahead = this.forecast(startMs + QUARTER_MS, SCORED_AHEAD_QUARTERS + 1).at(SCORED_AHEAD_QUARTERS);
    if (ahead)
      this.#ahead.set(aheadMs, {
        p10: ahead.pvW.p10 - ahead.restW,
        p50: ahead.pvW.p50 - ahead.restW,
        p90: ahead.pvW.p90 - ahead.restW,
      });
  }

  /** Beside "as yesterday at this time", which needs no forecast. */
  #judge({ startMs, pvW, restW }: Quarter): void {
    const surplusW = pvW - restW;
    const said = this.#ahead.get(startMs);
    const naive = this.#yesterday.get(startMs - 86_400_000);
    if (said && naive !== undefined) this.score.add(startMs, said, naive, surplusW);
    this.#ahead.delete(startMs);
    this.#yesterday.set(startMs, surplusW);
    this.#yesterday.delete(startMs - 86_400_000);
  }
}
