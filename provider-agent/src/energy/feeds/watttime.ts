import { z } from 'zod';
import { factorToCanonical } from '../site/units.ts';
import { type FeedFormat, instant } from './http-feed.ts';
import type { CarbonSlot } from './price-slot.ts';

const answer = z.looseObject({
  data: z.array(z.looseObject({ point_time: z.string(), value: z.number() })),
  meta: z.looseObject({ units: z.literal('lbs_co2_per_mwh') }),
});

const STEP_MS = 5 * 60_000;
const GRAMS_PER_KWH = factorToCanonical('lb/MWh', 'carbon') ?? Number.NaN;

/** WattTime v3: marginal, pounds per MWh. CAISO_NORTH is the region that is free to look at. */
export const wattTime = (region: string, token: string): FeedFormat<CarbonSlot> => ({
  request: () => ({
    url: `https://api.watttime.org/v3/forecast?region=${region}&signal_type=co2_moer`,
    headers: { authorization: `Bearer ${token}` },
  }),
  parse: (body) =>
    answer.parse(JSON.parse(body)).data.map(({ point_time: time, value }) => {
      const startMs = instant(time);
      return { startMs, endMs: startMs + STEP_MS, gramsPerKwh: value * GRAMS_PER_KWH };
    }),
});
