import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { PriceSlot } from './price-slot.ts';

const price = z.looseObject({ total: z.number(), startsAt: z.string() });
const answer = z.object({
  data: z.object({
    viewer: z.object({
      homes: z
        .array(
          z.object({
            currentSubscription: z.object({
              priceInfo: z.object({ today: z.array(price), tomorrow: z.array(price).nullable() }),
            }),
          }),
        )
        .min(1),
    }),
  }),
});

const QUERY =
  '{viewer{homes{currentSubscription{priceInfo(resolution:QUARTER_HOURLY){today{total startsAt} tomorrow{total startsAt}}}}}}';
const QUARTER_MS = 15 * 60_000;

/** Tibber: currency per kWh with tax, local offsets in the times, tomorrow empty until the early afternoon. */
export const tibber = (token: string, home = 0): FeedFormat<PriceSlot> => ({
  request: () => ({
    url: 'https://api.tibber.com/v1-beta/gql',
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  }),
  parse: (body) => {
    const { homes } = answer.parse(JSON.parse(body)).data.viewer;
    const info = homes[home]?.currentSubscription.priceInfo;
    if (!info) throw new Error(`Tibber: no home ${home}, there are ${homes.length}`);
    return [...info.today, ...(info.tomorrow ?? [])].map(({ total, startsAt }) => {
      const startMs = instant(startsAt);
      return { startMs, endMs: startMs + QUARTER_MS, perKwh: total };
    });
  },
});
