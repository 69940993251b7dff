import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { CarbonSlot } from './price-slot.ts';

const answer = z.looseObject({
  forecast: z.array(z.looseObject({ carbonIntensity: z.number(), datetime: z.string() })),
});

const HOUR_MS = 3_600_000;

/** Electricity Maps: average g/kWh by the hour; the forecast needs a paid key. */
export const electricityMaps = (zone: string, token: string): FeedFormat<CarbonSlot> => ({
  request: () => ({
    url: `https://api.electricitymap.org/v3/carbon-intensity/forecast?zone=${zone}`,
    headers: { 'auth-token': token },
  }),
  parse: (body) =>
    answer.parse(JSON.parse(body)).forecast.map(({ carbonIntensity, datetime }) => {
      const startMs = instant(datetime);
      return { startMs, endMs: startMs + HOUR_MS, gramsPerKwh: carbonIntensity };
    }),
});
