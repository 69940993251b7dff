import type { EnergyConfig } from '../config/energy-config.ts';
import { type CarbonSlot, type PriceSlot, slotAt } from '../feeds/price-slot.ts';
import { zonePrice } from '../feeds/price-zones.ts';
import type { SlotCache } from '../feeds/slot-cache.ts';
import type { EnergyPrices } from '../policy/policy-types.ts';
import type { SensorBoard } from '../site/sensor-board.ts';
import type { LocalTime } from '../time/local-time.ts';

export type PricesNow = EnergyPrices & { readonly isFromFeed: boolean };

/** What energy costs now: from the utility's event, the feed, a sensor, the zones, or the default; in this order. */
export class Tariff {
  readonly #config: EnergyConfig['tariff'];
  readonly #local: LocalTime;
  readonly #board: SensorBoard;
  readonly #prices: SlotCache<PriceSlot> | undefined;
  readonly #carbon: SlotCache<CarbonSlot> | undefined;
  #eventPrices: readonly PriceSlot[] = [];

  constructor(
    config: EnergyConfig['tariff'],
    local: LocalTime,
    board: SensorBoard,
    prices: SlotCache<PriceSlot> | undefined,
    carbon: SlotCache<CarbonSlot> | undefined,
  ) {
    this.#config = config;
    this.#local = local;
    this.#board = board;
    this.#prices = prices;
    this.#carbon = carbon;
  }

  setEventPrices(slots: readonly PriceSlot[]): void {
    this.#eventPrices = slots;
  }

  /** Without a clock that anybody agrees with, schedules say nothing: the default price holds. */
  at(nowMs: number, isClockSynced: boolean): PricesNow {
    const { importPerKwh, exportPerKwh } = this.#config;
    const fed = isClockSynced ? this.#fedPerKwh(nowMs) : undefined;
    const fedGrams = isClockSynced ? this.#carbon?.at(nowMs)?.gramsPerKwh : undefined;
    const zoned = isClockSynced
      ? zonePrice(this.#zones(), importPerKwh, this.#local.at(nowMs))
      : importPerKwh;
    return {
      importPerKwh: fed ?? zoned,
      exportPerKwh: this.#board.value('exportPerKwh', nowMs) ?? exportPerKwh,
      gramsPerKwh: fedGrams ?? this.#board.value('gramsPerKwh', nowMs),
      isFromFeed: fed !== undefined,
    };
  }

  #fedPerKwh(nowMs: number): number | undefined {
    const { surchargePerKwh, taxFactor } = this.#config;
    const market = slotAt(this.#eventPrices, nowMs) ?? this.#prices?.at(nowMs);
    if (market) return market.perKwh * taxFactor + surchargePerKwh;
    return this.#board.value('importPerKwh', nowMs);
  }

  #zones() {
    return this.#config.zones.map(({ from, to, ...zone }) => ({ ...zone, fromMinute: from, toMinute: to }));
  }
}
