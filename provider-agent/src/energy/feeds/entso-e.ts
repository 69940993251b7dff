import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { type FeedFormat, instant } from './http-feed.ts';
import type { PriceSlot } from './price-slot.ts';

const ARRAYS = new Set(['TimeSeries', 'Period', 'Point']);
const xml = new XMLParser({
  ignoreAttributes: true,
  isArray: (name) => ARRAYS.has(name),
  removeNSPrefix: true,
});

const series = z.looseObject({
  'classificationSequence_AttributeInstanceComponent.position': z.coerce.number().default(0),
  Period: z.array(
    z.looseObject({
      timeInterval: z.looseObject({ start: z.string(), end: z.string() }),
      resolution: z.enum(['PT15M', 'PT30M', 'PT60M']),
      Point: z.array(z.looseObject({ position: z.coerce.number().int(), 'price.amount': z.coerce.number() })),
    }),
  ),
});
const answer = z.looseObject({
  Publication_MarketDocument: z.looseObject({ TimeSeries: z.array(series).default([]) }),
});

const STEP_MS = { PT15M: 900_000, PT30M: 1_800_000, PT60M: 3_600_000 } as const;

/**
 * ENTSO-E day-ahead prices (A44), EUR per MWh. A03 curves leave out positions whose price repeats: the one before holds.
 * Where several series cover a time, the lowest classification position counts. Days have 92, 96 or 100 quarters.
 */
export const entsoE = (area: string, key: string): FeedFormat<PriceSlot> => ({
  request: (fromMs) => {
    const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 12);
    const period = `periodStart=${stamp(fromMs)}&periodEnd=${stamp(fromMs + 2 * 86_400_000)}`;
    return {
      url: `https://web-api.tp.entsoe.eu/api?securityToken=${key}&documentType=A44&in_Domain=${area}&out_Domain=${area}&${period}`,
    };
  },
  parse: (body) => {
    const all = answer.parse(xml.parse(body)).Publication_MarketDocument.TimeSeries;
    const byRank = [...all].sort((a, b) => rankOf(a) - rankOf(b));
    const slots = new Map<number, PriceSlot>();
    for (const each of byRank)
      for (const slot of each.Period.flatMap(periodSlots))
        if (!slots.has(slot.startMs)) slots.set(slot.startMs, slot);
    return [...slots.values()];
  },
});

const rankOf = (each: z.output<typeof series>) =>
  each['classificationSequence_AttributeInstanceComponent.position'];

function periodSlots({
  timeInterval,
  resolution,
  Point,
}: z.output<typeof series>['Period'][number]): PriceSlot[] {
  const stepMs = STEP_MS[resolution];
  const startMs = instant(timeInterval.start);
  const count = Math.round((instant(timeInterval.end) - startMs) / stepMs);
  const prices = new Map(Point.map((point) => [point.position, point['price.amount']]));
  const slots: PriceSlot[] = [];
  let perMwh: number | undefined;
  for (let position = 1; position <= count; position += 1) {
    perMwh = prices.get(position) ?? perMwh;
    if (perMwh === undefined) continue;
    const slotMs = startMs + (position - 1) * stepMs;
    slots.push({ startMs: slotMs, endMs: slotMs + stepMs, perKwh: perMwh / 1_000 });
  }
  return slots;
}
