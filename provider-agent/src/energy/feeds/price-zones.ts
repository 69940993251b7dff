import type { LocalMoment, LocalTime } from '../time/local-time.ts';
import type { PriceSlot } from './price-slot.ts';

/** A price that holds at some times of the local week; what is left out always holds. */
export type PriceZone = {
  /** 0 = Sunday */
  readonly weekdays?: readonly number[] | undefined;
  /** Minutes after local midnight; may run over it. */
  readonly fromMinute?: number | undefined;
  readonly toMinute?: number | undefined;
  /** 1–12 */
  readonly months?: readonly number[] | undefined;
  readonly perKwh: number;
};

const QUARTER_MS = 15 * 60_000;

/** Price at a moment: of the zones that hold, the last one in the list counts. */
export function zonePrice(zones: readonly PriceZone[], defaultPerKwh: number, local: LocalMoment): number {
  return zones.findLast((zone) => holds(zone, local))?.perKwh ?? defaultPerKwh;
}

/** A tariff of one's own as slots, from the quarter of `fromMs` on. */
export function zoneSlots(
  zones: readonly PriceZone[],
  defaultPerKwh: number,
  local: LocalTime,
  fromMs: number,
  untilMs: number,
): PriceSlot[] {
  const slots: PriceSlot[] = [];
  for (let ms = Math.floor(fromMs / QUARTER_MS) * QUARTER_MS; ms < untilMs; ms += QUARTER_MS)
    slots.push({
      startMs: ms,
      endMs: ms + QUARTER_MS,
      perKwh: zonePrice(zones, defaultPerKwh, local.at(ms)),
    });
  return slots;
}

function holds(
  { weekdays, fromMinute = 0, toMinute = 1_440, months }: PriceZone,
  local: LocalMoment,
): boolean {
  if (weekdays && !weekdays.includes(local.weekday)) return false;
  if (months && !months.includes(local.month)) return false;
  const { minuteOfDay } = local;
  if (fromMinute < toMinute) return minuteOfDay >= fromMinute && minuteOfDay < toMinute;
  return minuteOfDay >= fromMinute || minuteOfDay < toMinute;
}
