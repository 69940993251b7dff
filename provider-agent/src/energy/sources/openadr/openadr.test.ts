import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FakeTime } from '../../../host/testing/fake-time.ts';
import { type DemandEvent, effectsOf } from '../../events/demand-event.ts';
import type { PriceSlot } from '../../feeds/price-slot.ts';
import { SmallVtn } from '../../testing/small-vtn.ts';
import { parseDuration } from './duration.ts';
import { timedPayloads } from './intervals.ts';
import { usageReport } from './usage-report.ts';
import { Ven } from './ven.ts';
import { VenClient } from './ven-client.ts';
import { venEvent } from './ven-schemas.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();

const event = (type: string, values: readonly unknown[], over: object = {}) => ({
  id: '7',
  programID: '44',
  priority: 0,
  intervalPeriod: { start: iso(NOON), duration: 'PT4H' },
  payloadDescriptors: [{ payloadType: type }],
  intervals: [{ id: 0, payloads: [{ type, values }] }],
  ...over,
});

let vtn: SmallVtn;
let time: FakeTime;
let heard: { events: readonly DemandEvent[]; prices: readonly PriceSlot[]; statuses: string[] };
const never = new AbortController().signal;
beforeEach(async () => {
  time = new FakeTime(NOON);
  vtn = new SmallVtn(() => time.nowMs());
  await vtn.start();
  heard = { events: [], prices: [], statuses: [] };
});
afterEach(() => vtn.stop());

function venFor(options: { subscriptionW?: number; secret?: string } = {}) {
  const { subscriptionW, secret = 'right' } = options;
  const client = new VenClient({
    url: vtn.url,
    clientId: 'home',
    clientSecret: secret,
    programName: 'peaks',
  });
  const ports = { clock: time, timers: time, random: { fraction: () => 0.5 } };
  const ven = new Ven(client, { pollMs: 30_000, subscriptionW, clientName: 'node-ab12' }, ports);
  const poll = () =>
    ven.poll(
      {
        events: (events) => {
          heard.events = events;
        },
        prices: (prices) => {
          heard.prices = prices;
        },
        status: (text) => heard.statuses.push(text),
      },
      never,
    );
  return { client, ven, poll };
}
const effects = () => effectsOf(heard.events, time.nowMs());

test.each([
  [1, 0.5],
  [2, 0.2],
  [3, 0],
])('E8: SIMPLE %i leaves %d of the allowance, while it lasts', async (level, factor) => {
  vtn.events = [event('SIMPLE', [level])];
  await venFor().poll();
  expect(effects().event).toEqual({ factor, subject: '7', untilMs: NOON + 4 * HOUR_MS });
  time.advance(4 * HOUR_MS);
  expect(effects().event).toBeUndefined();
});

test('E8: capacity limits, one interval after the other, and the subscription outside of them', async () => {
  const intervals = [10, 8].map((kw, id) => ({
    id,
    payloads: [{ type: 'IMPORT_CAPACITY_LIMIT', values: [kw] }],
  }));
  vtn.events = [
    event('IMPORT_CAPACITY_LIMIT', [], {
      intervalPeriod: { start: iso(NOON), duration: 'PT30M' },
      intervals,
    }),
  ];
  const { poll } = venFor({ subscriptionW: 6_000 });
  await poll();
  expect(effects().importCaps).toEqual([{ subject: '7', capW: 10_000 }]);
  time.advance(HOUR_MS / 2);
  expect(effects().importCaps).toEqual([{ subject: '7', capW: 8_000 }]);
  time.advance(HOUR_MS / 2);
  await poll();
  expect(effects().importCaps).toEqual([{ subject: 'subscription', capW: 6_000 }]);
});

test('E8: "now" begins when it is first seen, and an endless event ends when it is deleted', async () => {
  const intervalPeriod = { start: '0001-01-01T00:00:00Z', duration: 'P9999Y' };
  vtn.events = [event('SIMPLE', [3], { intervalPeriod })];
  const { poll } = venFor();
  await poll();
  time.advance(HOUR_MS);
  await poll();
  expect(heard.events[0]).toMatchObject({ startMs: NOON, endMs: Number.POSITIVE_INFINITY });
  vtn.events = [];
  await poll();
  expect(effects().event).toBeUndefined();
});

test('E8: several values share their interval evenly', async () => {
  vtn.events = [event('PRICE', [0.1, 0.2, 0.3], { intervalPeriod: { start: iso(NOON), duration: 'PT3H' } })];
  await venFor().poll();
  expect(heard.prices).toEqual(
    [0.1, 0.2, 0.3].map((perKwh, hour) => ({
      startMs: NOON + hour * HOUR_MS,
      endMs: NOON + (hour + 1) * HOUR_MS,
      perKwh,
    })),
  );
});

test('E8: of two events at one time the lower priority number wins', async () => {
  vtn.events = [event('SIMPLE', [1], { priority: 0 }), event('SIMPLE', [3], { id: '8', priority: 5 })];
  await venFor().poll();
  expect(heard.events.map(({ id }) => id)).toEqual(['7']);
});

test('E8: pages are followed, and a token that is refused is renewed once', async () => {
  vtn.events = Array.from({ length: 120 }, (_, i) => event('SIMPLE', [1], { id: `e${i}` }));
  const { poll } = venFor();
  await poll();
  expect(heard.events).toHaveLength(120);
  vtn.revoke();
  await poll();
  time.advance(2 * HOUR_MS); // beyond expires_in
  await poll();
  expect([vtn.tokens, heard.statuses]).toEqual([3, []]);
});

test('E8: without the VTN what was said holds for five minutes, then the subscription does', async () => {
  vtn.events = [event('SIMPLE', [1])];
  const { poll } = venFor({ subscriptionW: 4_200 });
  await poll();
  vtn.isUp = false;
  time.advance(60_000);
  await poll();
  expect(effects().event?.subject).toBe('7');
  time.advance(5 * 60_000);
  await poll();
  expect(effects()).toEqual({ event: undefined, importCaps: [{ subject: 'subscription', capW: 4_200 }] });
  vtn.isUp = true;
  await poll();
  expect([effects().event?.subject, heard.statuses.at(-1)]).toEqual(['7', 'the VTN answers again']);
});

test('E8: a wrong secret and an unknown program are named', async () => {
  await venFor({ secret: 'wrong' }).poll();
  expect(heard.statuses).toEqual(['OpenADR token: HTTP 401']);
});

test('E8: a report says what was not measured, and never puts a zero in its place', async () => {
  const usage = [
    { startMs: NOON, endMs: NOON + HOUR_MS, kwh: 0.312 },
    { startMs: NOON + HOUR_MS, endMs: NOON + 2 * HOUR_MS, kwh: undefined },
  ];
  await venFor().client.report(usageReport('node-ab12', '7', usage), NOON, never);
  expect(vtn.reports).toMatchObject([
    {
      eventID: '7',
      resources: [
        {
          intervals: [
            {
              intervalPeriod: { start: '2026-11-20T12:00:00.000Z', duration: 'PT3600S' },
              payloads: [
                { type: 'USAGE', values: [0.312] },
                { type: 'DATA_QUALITY', values: ['OK'] },
              ],
            },
            { payloads: [{ type: 'DATA_QUALITY', values: ['MISSING'] }] },
          ],
        },
      ],
    },
  ]);
});

test('E8: the duration of an event repeats its intervals or cuts them; randomizeStart moves all of it', () => {
  const period = { start: iso(NOON), duration: 'PT1H' };
  const at = (over: object) =>
    timedPayloads(venEvent.parse(event('SIMPLE', [1], { intervalPeriod: period, ...over })), NOON, 0.5).map(
      ({ startMs, endMs }) => [(startMs - NOON) / 60_000, (endMs - NOON) / 60_000],
    );
  expect(at({ duration: 'PT150M' })).toEqual([
    [0, 60],
    [60, 120],
    [120, 150],
  ]);
  expect(at({ duration: 'PT20M' })).toEqual([[0, 20]]);
  expect(at({ intervalPeriod: { ...period, randomizeStart: 'PT10M' } })).toEqual([[5, 65]]);
});

test.each([
  ['PT4H', 4 * HOUR_MS],
  ['P1DT30M', 24.5 * HOUR_MS],
  ['PT0.5S', 500],
  ['P9999Y', Number.POSITIVE_INFINITY],
  ['P', undefined],
  ['4H', undefined],
])('E8: the duration %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test('E8: what the node uses is reported for the event that it lies in, also just after its end', async () => {
  vtn.events = [event('SIMPLE', [2])];
  const { ven, poll } = venFor();
  await poll();
  const quarter = (startMs: number, kwh: number | undefined) =>
    ven.report({ startMs, endMs: startMs + HOUR_MS / 4, kwh }, (text) => heard.statuses.push(text), never);
  await quarter(NOON - HOUR_MS, 0.1); // before it begins
  expect(vtn.reports).toEqual([]);
  await quarter(NOON, 0.05);
  vtn.events = []; // cancelled
  time.advance(10 * 60_000);
  await poll();
  await quarter(NOON + 5 * 60_000, undefined);
  await quarter(NOON + HOUR_MS, 0.1);
  expect(vtn.reports).toMatchObject([
    {
      eventID: '7',
      clientName: 'node-ab12',
      resources: [{ intervals: [{ payloads: [{ values: [0.05] }, {}] }] }],
    },
    { eventID: '7', resources: [{ intervals: [{ payloads: [{ values: ['MISSING'] }] }] }] },
  ]);
  vtn.isUp = false;
  await quarter(NOON, 0.05);
  expect(heard.statuses.at(-1)).toContain('HTTP 503');
});
