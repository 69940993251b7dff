import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { SolarSlot } from './price-slot.ts';

const answer = z.looseObject({ result: z.looseObject({ watts: z.record(z.string(), z.number()) }) });

const HOUR_MS = 3_600_000;

/** forecast.solar: watts by instant; asked for in UTC, whole days. */
export const forecastSolar = (
  latitude: number,
  longitude: number,
  tilt: number,
  azimuth: number,
  peakKw: number,
): FeedFormat<SolarSlot> => ({
  request: () => ({
    url: `https://api.forecast.solar/estimate/${latitude}/${longitude}/${tilt}/${azimuth}/${peakKw}?time=utc&full=1`,
  }),
  parse: (body) => {
    const points = Object.entries(answer.parse(JSON.parse(body)).result.watts)
      .map(([time, watts]) => ({ startMs: instant(time), watts }))
      .sort((a, b) => a.startMs - b.startMs);
    return points.map(({ startMs, watts }, index) => ({
      startMs,
      endMs: Math.min(points[index + 1]?.startMs ?? startMs + HOUR_MS, startMs + HOUR_MS),
      watts,
    }));
  },
});
