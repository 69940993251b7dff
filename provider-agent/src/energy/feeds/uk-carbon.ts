import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { CarbonSlot } from './price-slot.ts';

const slot = z.looseObject({
  from: z.string(),
  to: z.string(),
  intensity: z.looseObject({ forecast: z.number() }),
});
const region = z.looseObject({ data: z.array(slot) });
/** An object for the forecast of a postcode, an array of one for its current value. */
const answer = z.looseObject({ data: z.union([region, z.array(region).min(1)]) });

/** api.carbonintensity.org.uk: forecast of the region, g/kWh, average; instants without seconds. */
export const ukCarbon = (outcode: string): FeedFormat<CarbonSlot> => ({
  request: (fromMs) => ({
    url: `https://api.carbonintensity.org.uk/regional/intensity/${new Date(fromMs).toISOString().slice(0, 16)}Z/fw48h/postcode/${outcode}`,
  }),
  parse: (body) => {
    const { data } = answer.parse(JSON.parse(body));
    return (Array.isArray(data) ? data : [data]).flatMap((each) =>
      each.data.map(({ from, to, intensity }) => ({
        startMs: instant(from),
        endMs: instant(to),
        gramsPerKwh: intensity.forecast,
      })),
    );
  },
});
