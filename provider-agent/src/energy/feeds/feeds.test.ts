import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { FakeTime } from '../../host/testing/fake-time.ts';
import { LocalTime } from '../time/local-time.ts';
import { awattar } from './awattar.ts';
import { electricityMaps } from './electricity-maps.ts';
import { energyCharts } from './energy-charts.ts';
import { entsoE } from './entso-e.ts';
import { forecastSolar } from './forecast-solar.ts';
import { httpFeed } from './http-feed.ts';
import { nordPool } from './nord-pool.ts';
import { octopus } from './octopus.ts';
import { openMeteo } from './open-meteo.ts';
import { inOrder, type PriceSlot, slotAt } from './price-slot.ts';
import { zonePrice, zoneSlots } from './price-zones.ts';
import { SlotCache } from './slot-cache.ts';
import { tibber } from './tibber.ts';
import { ukCarbon } from './uk-carbon.ts';
import { wattTime } from './watttime.ts';

const utc = (text: string) => Date.parse(text);
const HOUR_MS = 3_600_000;
const json = JSON.stringify;

test('E9: Octopus: pence, newest first, negative prices, a tariff without end, one row of two payment methods', () => {
  const format = octopus('AGILE-24-10-01', 'C');
  const row = (pence: number, from: string, to: string | null, method: string | null = null) => ({
    ...{
      value_exc_vat: pence / 1.05,
      value_inc_vat: pence,
      valid_from: from,
      valid_to: to,
      payment_method: method,
    },
  });
  const page = (next: string | null, ...results: object[]) =>
    json({ count: 2, next, previous: null, results });
  const body = page(
    'https://api.octopus.energy/page2',
    row(14.2, '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z'),
    row(-1.26, '2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z'),
  );
  expect(inOrder(format.parse(body))).toEqual([
    { startMs: utc('2026-10-25T00:30:00Z'), endMs: utc('2026-10-25T01:00:00Z'), perKwh: -0.0126 },
    {
      startMs: utc('2026-10-25T01:00:00Z'),
      endMs: utc('2026-10-25T01:30:00Z'),
      perKwh: expect.closeTo(0.142, 9),
    },
  ]);
  expect(format.next?.(body)).toBe('https://api.octopus.energy/page2');
  const fixed = page(
    null,
    row(25, '2026-10-01T00:00:00Z', null, 'DIRECT_DEBIT'),
    row(28, '2026-10-01T00:00:00Z', null, 'NON_DIRECT_DEBIT'),
  );
  expect(format.parse(fixed)).toEqual([
    { startMs: utc('2026-10-01T00:00:00Z'), endMs: Number.POSITIVE_INFINITY, perKwh: 0.25 },
  ]);
});

test('E9: Tibber: local offsets in the times, and no tomorrow before the afternoon', () => {
  const prices = (tomorrow: object[] | null) =>
    json({
      data: {
        viewer: {
          homes: [
            {
              currentSubscription: {
                priceInfo: {
                  today: [
                    {
                      total: 0.2931,
                      energy: 0.2,
                      tax: 0.09,
                      startsAt: '2026-11-20T00:15:00.000+01:00',
                      currency: 'EUR',
                    },
                  ],
                  tomorrow,
                },
              },
            },
          ],
        },
      },
    });
  const slot = { startMs: utc('2026-11-19T23:15:00Z'), endMs: utc('2026-11-19T23:30:00Z'), perKwh: 0.2931 };
  expect(tibber('t').parse(prices([]))).toEqual([slot]);
  expect(tibber('t').parse(prices(null))).toEqual([slot]);
  expect(() => tibber('t', 3).parse(prices([]))).toThrow('no home 3, there are 1');
});

test('E9: aWATTar, Nord Pool and energy-charts: megawatt hours become kilowatt hours', () => {
  const hour = { startMs: 1_763_596_800_000, endMs: 1_763_600_400_000, perKwh: expect.closeTo(0.04209, 9) };
  const one = {
    start_timestamp: hour.startMs,
    end_timestamp: hour.endMs,
    marketprice: 42.09,
    unit: 'Eur/MWh',
  };
  expect(awattar('de').parse(json({ object: 'list', data: [one] }))).toEqual([hour]);
  expect(() => awattar('de').parse(json({ data: [{ ...one, unit: 'Eur/kWh' }] }))).toThrow(/Eur\/MWh/);

  const entry = {
    deliveryStart: '2026-11-19T23:00:00Z',
    deliveryEnd: '2026-11-19T23:15:00Z',
    entryPerArea: { SE3: 412.3 },
  };
  expect(nordPool('SE3', 'SEK').parse(json({ multiAreaEntries: [entry] }))[0]?.perKwh).toBeCloseTo(0.4123, 9);
  expect(() => nordPool('SE4', 'SEK').parse(json({ multiAreaEntries: [entry] }))).toThrow(
    'no area SE4, there are SE3',
  );

  const charts = {
    unix_seconds: [1_763_596_800, 1_763_597_700, 1_763_598_600],
    price: [10, null, -3.5],
    unit: 'EUR / MWh',
  };
  expect(energyCharts('DE-LU').parse(json(charts))).toEqual([
    { startMs: 1_763_596_800_000, endMs: 1_763_597_700_000, perKwh: 0.01 },
    { startMs: 1_763_598_600_000, endMs: 1_763_599_500_000, perKwh: -0.0035 },
  ]);
  expect(() => energyCharts('DE-LU').parse(json({ ...charts, price: [1] }))).toThrow(/a price for each time/);
});

/** One period; positions that are not named are left out, as A03 curves do. */
const period = (start: string, end: string, points: Readonly<Record<number, number>>) =>
  `<Period><timeInterval><start>${start}</start><end>${end}</end></timeInterval><resolution>PT15M</resolution>${Object.entries(
    points,
  )
    .map(
      ([position, price]) =>
        `<Point><position>${position}</position><price.amount>${price}</price.amount></Point>`,
    )
    .join('')}</Period>`;
const document = (...series: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"><type>A44</type>${series.join('')}</Publication_MarketDocument>`;
const series = (rank: number, content: string) =>
  `<TimeSeries><classificationSequence_AttributeInstanceComponent.position>${rank}</classificationSequence_AttributeInstanceComponent.position><curveType>A03</curveType>${content}</TimeSeries>`;

test.each([
  [92, '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
  [96, '2026-11-19T23:00Z', '2026-11-20T23:00Z'],
  [100, '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
])('E9: ENTSO-E: a day of %i quarters, repeated prices left out', (quarters, start, end) => {
  const slots = entsoE('10Y1001A1001A82H', 'k').parse(
    document(series(1, period(start, end, { 1: 80, 5: -12.5, [quarters]: 90 }))),
  );
  expect(slots).toHaveLength(quarters);
  expect([0, 3, 4, quarters - 2, quarters - 1].map((index) => slots[index]?.perKwh)).toEqual([
    0.08, 0.08, -0.0125, -0.0125, 0.09,
  ]);
  expect(slots.at(-1)?.endMs).toBe(Date.parse(end));
  for (const [index, slot] of slots.entries())
    if (index > 0) expect(slot.startMs).toBe(slots[index - 1]?.endMs);
});

test('E9: ENTSO-E: of two series for one time the lowest position counts; no series is no price', () => {
  const day = ['2026-11-19T23:00Z', '2026-11-19T23:30Z'] as const;
  const body = document(series(2, period(...day, { 1: 200 })), series(1, period(...day, { 1: 100 })));
  expect(
    entsoE('a', 'k')
      .parse(body)
      .map(({ perKwh }) => perKwh),
  ).toEqual([0.1, 0.1]);
  expect(entsoE('a', 'k').parse(document())).toEqual([]);
  expect(() => entsoE('a', 'k').parse('<html>maintenance</html>')).toThrow();
});

test('E9: own zones: the last that holds counts, by the clock on the wall, also in the long night', () => {
  const berlin = new LocalTime('Europe/Berlin');
  const zones = [
    { fromMinute: 0, toMinute: 6 * 60, perKwh: 0.18 },
    { fromMinute: 22 * 60, toMinute: 2 * 60, perKwh: 0.15 },
    { weekdays: [0], months: [10], fromMinute: 60, toMinute: 180, perKwh: 0.11 },
  ];
  expect(zonePrice(zones, 0.3, { minuteOfDay: 60, weekday: 1, month: 5 })).toBe(0.15);
  expect(zonePrice(zones, 0.3, { minuteOfDay: 12 * 60, weekday: 1, month: 5 })).toBe(0.3);
  const { startMs, endMs } = berlin.day(utc('2026-10-25T12:00Z'));
  const slots = zoneSlots(zones, 0.3, berlin, startMs, endMs);
  expect(slots).toHaveLength(100);
  expect(slots.filter(({ perKwh }) => perKwh === 0.11)).toHaveLength(12); // 1:00 to 3:00, and 2:00 comes twice
});

test('E9: UK carbon: instants without seconds, a forecast as an object, the present as an array', () => {
  const data = {
    regionid: 13,
    shortname: 'London',
    data: [{ from: '2026-11-20T10:00Z', to: '2026-11-20T10:30Z', intensity: { forecast: 97, index: 'low' } }],
  };
  const slot = { startMs: utc('2026-11-20T10:00Z'), endMs: utc('2026-11-20T10:30Z'), gramsPerKwh: 97 };
  expect(ukCarbon('SW1').parse(json({ data }))).toEqual([slot]);
  expect(ukCarbon('SW1').parse(json({ data: [data] }))).toEqual([slot]);
});

test('E9: Electricity Maps by the hour; WattTime in pounds per megawatt hour', () => {
  const maps = { zone: 'DE', forecast: [{ carbonIntensity: 626, datetime: '2026-11-20T16:00:00.000Z' }] };
  expect(electricityMaps('DE', 't').parse(json(maps))).toEqual([
    { startMs: utc('2026-11-20T16:00Z'), endMs: utc('2026-11-20T17:00Z'), gramsPerKwh: 626 },
  ]);
  const moer = {
    data: [{ point_time: '2026-04-01T00:00:00+00:00', value: 412.5 }],
    meta: { region: 'CAISO_NORTH', signal_type: 'co2_moer', units: 'lbs_co2_per_mwh' },
  };
  expect(wattTime('CAISO_NORTH', 't').parse(json(moer))[0]?.gramsPerKwh).toBeCloseTo(187.1, 1);
  expect(() => wattTime('X', 't').parse(json({ ...moer, meta: { units: 'g' } }))).toThrow();
});

test('E9: solar forecasts: watts at instants, or irradiance on the panels', () => {
  const watts = {
    '2026-11-20T10:00:00+0000': 1_234,
    '2026-11-20T10:30:00+0000': 1_500,
    '2026-11-20T14:00:00+0000': 0,
  };
  expect(
    forecastSolar(52, 13, 30, 0, 8)
      .parse(json({ result: { watts } }))
      .map(({ startMs, endMs, watts: w }) => [(endMs - startMs) / 60_000, w]),
  ).toEqual([
    [30, 1_234],
    [60, 1_500],
    [60, 0],
  ]);
  const minutely = {
    time: ['2026-11-20T10:00', '2026-11-20T10:15'],
    global_tilted_irradiance_instant: [500, null],
  };
  expect(openMeteo(52, 13, 30, 0, 8).parse(json({ minutely_15: minutely }))).toEqual([
    { startMs: utc('2026-11-20T10:00Z'), endMs: utc('2026-11-20T10:15Z'), watts: 3_400 },
  ]);
});

test('E9: a feed that fails leaves what is known until it ends, and then nothing', async () => {
  const time = new FakeTime(utc('2026-11-20T10:00Z'));
  let answer: () => Promise<PriceSlot[]> = async () => [
    { startMs: time.nowMs(), endMs: time.nowMs() + HOUR_MS, perKwh: 0.2 },
  ];
  const cache = new SlotCache({ fetchSlots: () => answer() }, { clock: time, timers: time });
  const statuses: string[] = [];
  const signal = new AbortController().signal;
  expect(await cache.refresh((text) => statuses.push(text), signal)).toBe(true);
  answer = () => Promise.reject(new Error('HTTP 503'));
  expect(await cache.refresh((text) => statuses.push(text), signal)).toBe(false);
  expect([cache.at(time.nowMs() + HOUR_MS - 1)?.perKwh, cache.at(time.nowMs() + HOUR_MS)]).toEqual([
    0.2,
    undefined,
  ]);
  expect(statuses).toEqual(['HTTP 503']);
});

test('E9: over HTTP: pages are followed, an error has the name of the feed', async () => {
  const bodies = ['{"next":"page2","slots":[1]}', '{"next":null,"slots":[2,3]}'];
  const server = createServer((request, response) => {
    if (request.url === '/broken') response.statusCode = 500;
    response.end(request.url === '/page2' ? bodies[1] : bodies[0]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const feed = (path: string) =>
    httpFeed<PriceSlot>('sample', {
      request: () => ({ url: base + path }),
      parse: (body) =>
        (JSON.parse(body).slots as number[]).map((n) => ({ startMs: n, endMs: n + 1, perKwh: n })),
      next: (body) => (JSON.parse(body).next === null ? undefined : `${base}/${JSON.parse(body).next}`),
    });
  const signal = new AbortController().signal;
  expect(await feed('/').fetchSlots(0, signal)).toHaveLength(3);
  await expect(feed('/broken').fetchSlots(0, signal)).rejects.toThrow('sample: HTTP 500');
  server.closeAllConnections();
  server.close();
});

test('E9: overlapping slots: the later one holds from its start', () => {
  const slots = inOrder([
    { startMs: 10, endMs: 30, perKwh: 2 },
    { startMs: 0, endMs: Number.POSITIVE_INFINITY, perKwh: 1 },
  ]);
  expect([slotAt(slots, 5)?.perKwh, slotAt(slots, 10)?.perKwh, slotAt(slots, 30)]).toEqual([1, 2, undefined]);
});
