import type { CarbonSlot, PriceSlot, SlotFeed, SolarSlot } from './price-slot.ts';

/** Times the usual price: a megawatt hour taken for a kilowatt hour is a thousand of it, a cent for a euro a hundred. */
const MOST_TIMES_USUAL = 50;
/** No grid has more: oil and the oldest lignite have some 1,300. */
const MOST_GRAMS_PER_KWH = 2_000;
/** Panels do better than rated on a cold, bright day; watts taken for kilowatts are a thousand times as much. */
const MOST_TIMES_PEAK = 1.5;
const MOST_SLOTS = 10_000;
const DAY_MS = 86_400_000;

type Span = { readonly startMs: number; readonly endMs: number };
type Fault = string | undefined;

/** A feed whose answer is held against sense before anybody counts with it. What is refused leaves what was known. */
function plausible<Slot extends Span>(
  name: string,
  feed: SlotFeed<Slot>,
  faultOf: (slots: readonly Slot[]) => Fault,
): SlotFeed<Slot> {
  return {
    async fetchSlots(fromMs, signal) {
      const slots = await feed.fetchSlots(fromMs, signal);
      const fault = faultOfSpans(slots, fromMs) ?? faultOf(slots);
      if (fault !== undefined) throw new Error(`${name}: not taken: ${fault}`);
      return slots;
    },
  };
}

function faultOfSpans(slots: readonly Span[], nowMs: number): Fault {
  if (slots.length > MOST_SLOTS) return `${slots.length} slots are no schedule`;
  const isAlive = slots.length === 0 || slots.some(({ endMs }) => endMs > nowMs);
  return isAlive ? undefined : 'all of it is over: another clock';
}

/** Prices may be below zero for some hours, and not for a whole day. @param usualPerKwh of the tariff, in the feed's own terms */
export const plausiblePrices = (name: string, feed: SlotFeed<PriceSlot>, usualPerKwh: number) =>
  plausible(name, feed, (slots) => {
    const mostPerKwh = MOST_TIMES_USUAL * Math.max(Math.abs(usualPerKwh), 0.01);
    const wrong = slots.find(({ perKwh }) => !(Math.abs(perKwh) <= mostPerKwh));
    if (wrong) return `${wrong.perKwh} per kWh beside a usual ${usualPerKwh}: another unit`;
    const sumMs = slots.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0);
    const isInverted = sumMs >= DAY_MS && slots.every(({ perKwh }) => perKwh < 0);
    return isInverted ? 'all prices are below zero: another sign' : undefined;
  });

export const plausibleCarbon = (name: string, feed: SlotFeed<CarbonSlot>) =>
  plausible(name, feed, (slots) =>
    faultOfAmounts(
      slots.map(({ gramsPerKwh }) => gramsPerKwh),
      'g/kWh',
      MOST_GRAMS_PER_KWH,
    ),
  );

/** @param peakKw of the panels that it is a forecast for */
export const plausibleSun = (name: string, feed: SlotFeed<SolarSlot>, peakKw: number) =>
  plausible(name, feed, (slots) =>
    faultOfAmounts(
      slots.map(({ watts }) => watts),
      'W',
      MOST_TIMES_PEAK * 1_000 * peakKw,
    ),
  );

function faultOfAmounts(amounts: readonly number[], unit: string, most: number): Fault {
  const below = amounts.find((amount) => amount < 0);
  if (below !== undefined) return `${below} ${unit} is below zero: another sign`;
  const wrong = amounts.find((amount) => !(amount <= most));
  return wrong === undefined ? undefined : `${wrong} ${unit} where ${most} is the most: another unit`;
}
