import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { PriceSlot } from './price-slot.ts';

const answer = z.looseObject({
  next: z.string().nullable(),
  results: z.array(
    z.looseObject({
      value_inc_vat: z.number(),
      valid_from: z.string(),
      valid_to: z.string().nullable(),
      payment_method: z.string().nullish(),
    }),
  ),
});

/** Octopus Agile (UK): pence per kWh, newest first, in pages; fixed tariffs have no end and a row per payment method. */
export function octopus(product: string, region: string): FeedFormat<PriceSlot> {
  const tariff = `E-1R-${product}-${region}`;
  const base = `https://api.octopus.energy/v1/products/${product}/electricity-tariffs/${tariff}`;
  return {
    request: (fromMs) => ({
      url: `${base}/standard-unit-rates/?period_from=${new Date(fromMs).toISOString()}`,
    }),
    next: (body) => answer.parse(JSON.parse(body)).next ?? undefined,
    parse: (body) =>
      answer
        .parse(JSON.parse(body))
        .results.filter(({ payment_method: method }) => method !== 'NON_DIRECT_DEBIT')
        .map(({ value_inc_vat: pence, valid_from: from, valid_to: to }) => ({
          startMs: instant(from),
          endMs: to === null ? Number.POSITIVE_INFINITY : instant(to),
          perKwh: pence / 100,
        })),
  };
}
