import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { SolarSlot } from './price-slot.ts';

const answer = z.looseObject({
  minutely_15: z.looseObject({
    time: z.array(z.string()),
    global_tilted_irradiance_instant: z.array(z.number().nullable()),
  }),
});

const QUARTER_MS = 15 * 60_000;
/** Panels are rated at this irradiance; what is lost on the way to the meter. */
const RATED_W_PER_M2 = 1_000;
const PERFORMANCE = 0.85;

/** open-meteo: irradiance on the tilted plane, no key; times are UTC without saying so. */
export const openMeteo = (
  latitude: number,
  longitude: number,
  tilt: number,
  azimuth: number,
  peakKw: number,
): FeedFormat<SolarSlot> => ({
  request: () => ({
    url: `https://api.open-meteo.com/v1/forecast?latitude=${latitude}&longitude=${longitude}&minutely_15=global_tilted_irradiance_instant&tilt=${tilt}&azimuth=${azimuth}&timezone=UTC&forecast_days=2`,
  }),
  parse: (body) => {
    const { time, global_tilted_irradiance_instant: irradiance } = answer.parse(JSON.parse(body)).minutely_15;
    return time.flatMap((text, index) => {
      const wattsPerM2 = irradiance[index] ?? null;
      const startMs = instant(`${text}Z`);
      const watts = ((wattsPerM2 ?? 0) / RATED_W_PER_M2) * peakKw * 1_000 * PERFORMANCE;
      return wattsPerM2 === null ? [] : [{ startMs, endMs: startMs + QUARTER_MS, watts }];
    });
  },
});
