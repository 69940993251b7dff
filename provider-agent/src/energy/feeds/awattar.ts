import { z } from 'zod';
import type { FeedFormat } from './http-feed.ts';
import type { PriceSlot } from './price-slot.ts';

const answer = z.object({
  data: z.array(
    z.looseObject({
      start_timestamp: z.number(),
      end_timestamp: z.number(),
      marketprice: z.number(),
      unit: z.literal('Eur/MWh'),
    }),
  ),
});

/** aWATTar (AT, DE): milliseconds, EUR per MWh, net: fees and tax are the home's to add. */
export const awattar = (
  country: 'at' | 'de',
  url = `https://api.awattar.${country}`,
): FeedFormat<PriceSlot> => ({
  request: (fromMs) => ({ url: `${url}/v1/marketdata?start=${fromMs}` }),
  parse: (body) =>
    answer.parse(JSON.parse(body)).data.map((slot) => ({
      startMs: slot.start_timestamp,
      endMs: slot.end_timestamp,
      perKwh: slot.marketprice / 1_000,
    })),
});
