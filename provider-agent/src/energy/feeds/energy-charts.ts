import { z } from 'zod';
import type { FeedFormat } from './http-feed.ts';
import type { PriceSlot } from './price-slot.ts';

const answer = z
  .looseObject({ unix_seconds: z.array(z.number()), price: z.array(z.number().nullable()), unit: z.string() })
  .refine(({ unix_seconds: times, price }) => times.length === price.length, 'expected a price for each time')
  .refine(({ unit }) => /^EUR ?\/ ?MWh$/.test(unit), 'expected EUR / MWh');

const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 60 * 60_000;

/** energy-charts.info: no key; EUR per MWh, net; quarters since the market has them. Gaps arrive as null. */
export const energyCharts = (zone: string): FeedFormat<PriceSlot> => ({
  request: (fromMs) => ({
    url: `https://api.energy-charts.info/price?bzn=${zone}&start=${new Date(fromMs).toISOString().slice(0, 10)}`,
  }),
  parse: (body) => {
    const { unix_seconds: seconds, price } = answer.parse(JSON.parse(body));
    const lengthMs =
      seconds.length > 1 && (seconds[1] ?? 0) - (seconds[0] ?? 0) <= 900 ? QUARTER_MS : HOUR_MS;
    return seconds.flatMap((second, index) => {
      const perMwh = price[index] ?? null;
      const startMs = second * 1_000;
      return perMwh === null ? [] : [{ startMs, endMs: startMs + lengthMs, perKwh: perMwh / 1_000 }];
    });
  },
});
