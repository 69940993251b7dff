import { expect, test } from '@jest/globals';
import { FakeTime } from '../../../host/testing/fake-time.ts';
import { type DemandEvent, effectsOf } from '../../events/demand-event.ts';
import { Ven } from './ven.ts';
import type { VenClient } from './ven-client.ts';
import type { VenEvent } from './ven-schemas.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

const event = (type: string, value: unknown, startMs = NOON): VenEvent => ({
  ...{ id: '7', programID: '44', priority: 0 },
  intervalPeriod: { start: new Date(startMs).toISOString(), duration: 4 * HOUR_MS },
  intervals: [{ id: 0, payloads: [{ type, values: [value] }] }],
});

/** A VTN that says what a test wants it to, and what a home makes of it. */
function vtn() {
  const time = new FakeTime(NOON);
  const heard = { events: [] as readonly DemandEvent[], statuses: [] as string[] };
  const says = { events: [] as VenEvent[], aheadMs: 0, isUp: true };
  const client: Pick<VenClient, 'events' | 'report' | 'aheadMs'> = {
    get aheadMs() {
      return says.aheadMs;
    },
    events: async () => {
      if (!says.isUp) throw new Error('OpenADR /events: HTTP 503');
      return says.events;
    },
    report: async () => {},
  };
  const ports = { clock: time, timers: time, random: { fraction: () => 0 } };
  const ven = new Ven(client, { pollMs: 30_000, subscriptionW: 4_200, clientName: 'node' }, ports);
  const poll = () =>
    ven.poll(
      {
        events: (events) => Object.assign(heard, { events }),
        prices: () => {},
        status: (text) => heard.statuses.push(text),
      },
      never,
    );
  return { time, says, heard, poll, effects: () => effectsOf(heard.events, time.nowMs()) };
}

test('E25: OpenADR, silent: what was heard holds for five minutes, then the subscription, and the cause is named', async () => {
  const { says, heard, poll, time, effects } = vtn();
  says.events = [event('SIMPLE', 2)];
  await poll();
  says.isUp = false;
  await poll();
  expect([effects().event?.factor, heard.statuses]).toEqual([0.2, ['OpenADR /events: HTTP 503']]);
  time.advance(5 * 60_000);
  await poll();
  expect(effects().importCaps).toEqual([{ subject: 'subscription', capW: 4_200 }]);
});

test.each([
  ['NaN', 'SIMPLE', 'NaN', 'SIMPLE "NaN" is no level from 0 to 3: taken for an emergency'],
  ['wrong sign', 'SIMPLE', -2, 'SIMPLE -2 is no level'],
] as const)(
  'E25: OpenADR, %s: a level that cannot be read is the strictest',
  async (_, type, value, cause) => {
    const { says, heard, poll, effects } = vtn();
    says.events = [event(type, value)];
    await poll();
    await poll();
    expect(effects().event?.factor).toBe(0);
    expect(heard.statuses).toEqual([expect.stringContaining(cause)]); // once
  },
);

test.each([
  ['NaN', 'NaN'],
  ['wrong sign', -4.2],
  ['wrong unit', 4_200], // watts for kilowatts: no home has four megawatts
] as const)(
  'E25: OpenADR, %s: a limit that cannot be read is none at all, and is named',
  async (_, value) => {
    const { says, heard, poll, effects } = vtn();
    says.events = [event('IMPORT_CAPACITY_LIMIT', value)];
    await poll();
    expect(effects().importCaps).toEqual([{ subject: '7', capW: 0 }]);
    expect(heard.statuses[0]).toContain(`a limit of ${JSON.stringify(value)} kW is none of a home`);
  },
);

test('E25: OpenADR, clock skew: its times are read by its own clock, and the difference is named', async () => {
  const { says, heard, poll, effects } = vtn();
  says.aheadMs = HOUR_MS;
  says.events = [event('SIMPLE', 2, NOON + HOUR_MS)]; // it says "now"
  await poll();
  expect(effects().event?.factor).toBe(0.2);
  expect(heard.statuses).toEqual(["the VTN's clock differs from ours by 3600 s: its times are moved"]);
});

test('E25: OpenADR, flood: of a thousand events the strictest one counts', async () => {
  const { says, poll, effects } = vtn();
  says.events = Array.from({ length: 1_000 }, (_, index) => ({
    ...event('SIMPLE', index % 3),
    id: String(index),
  }));
  await poll();
  expect(effects().event?.factor).toBe(0.2);
});
