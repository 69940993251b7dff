import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { PriceSlot } from './price-slot.ts';

const answer = z.looseObject({
  multiAreaEntries: z.array(
    z.looseObject({
      deliveryStart: z.string(),
      deliveryEnd: z.string(),
      entryPerArea: z.record(z.string(), z.number()),
    }),
  ),
});

/** Nord Pool day-ahead: per MWh in the currency that is asked for, net. */
export const nordPool = (area: string, currency: string): FeedFormat<PriceSlot> => ({
  request: (fromMs) => ({
    url: `https://dataportal-api.nordpoolgroup.com/api/DayAheadPrices?date=${new Date(fromMs).toISOString().slice(0, 10)}&market=DayAhead&deliveryArea=${area}&currency=${currency}`,
  }),
  parse: (body) =>
    answer.parse(JSON.parse(body)).multiAreaEntries.map(({ deliveryStart, deliveryEnd, entryPerArea }) => {
      const perMwh = entryPerArea[area];
      if (perMwh === undefined)
        throw new Error(`Nord Pool: no area ${area}, there are ${Object.keys(entryPerArea).join(', ')}`);
      return { startMs: instant(deliveryStart), endMs: instant(deliveryEnd), perKwh: perMwh / 1_000 };
    }),
});
