import type { PriceSlot, SlotFeed } from './price-slot.ts';

/** Times the usual price: a megawatt hour taken for a kilowatt hour is a thousand of it, a cent for a euro a hundred. */
const MOST_TIMES_USUAL = 50;
const MOST_SLOTS = 10_000;
const DAY_MS = 86_400_000;

/** A price feed whose answer is held against sense before anybody counts with it. What is refused leaves what was known. */
export function plausiblePrices(
  name: string,
  feed: SlotFeed<PriceSlot>,
  usualPerKwh: number,
): SlotFeed<PriceSlot> {
  return {
    async fetchSlots(fromMs, signal) {
      const slots = await feed.fetchSlots(fromMs, signal);
      const fault = faultOf(slots, usualPerKwh, fromMs);
      if (fault !== undefined) throw new Error(`${name}: not taken: ${fault}`);
      return slots;
    },
  };
}

function faultOf(slots: readonly PriceSlot[], usualPerKwh: number, nowMs: number): string | undefined {
  if (slots.length > MOST_SLOTS) return `${slots.length} prices are no tariff`;
  const mostPerKwh = MOST_TIMES_USUAL * Math.max(Math.abs(usualPerKwh), 0.01);
  const wrong = slots.find(({ perKwh }) => !(Math.abs(perKwh) <= mostPerKwh));
  if (wrong) return `${wrong.perKwh} per kWh beside a usual ${usualPerKwh}: another unit`;
  const sumMs = slots.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0);
  if (sumMs >= DAY_MS && slots.every(({ perKwh }) => perKwh < 0))
    return 'all prices are below zero: another sign';
  const isAlive = slots.length === 0 || slots.some(({ endMs }) => endMs > nowMs);
  return isAlive ? undefined : 'all prices are over: another clock';
}
