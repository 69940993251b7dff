import { expect, test } from '@jest/globals';
import { FakeTime } from '../../host/testing/fake-time.ts';
import { energyConfig } from '../config/energy-config.ts';
import { Tariff } from '../service/tariff.ts';
import { SensorBoard } from '../site/sensor-board.ts';
import { LocalTime } from '../time/local-time.ts';
import { plausibleCarbon, plausiblePrices, plausibleSun } from './plausible-slots.ts';
import type { PriceSlot, SlotFeed } from './price-slot.ts';
import { SlotCache } from './slot-cache.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 10);
const HOUR_MS = 3_600_000;
const DEFAULT = 0.3;

const day = (perKwh: number, fromMs = NOW_MS - 10 * HOUR_MS, count = 24): PriceSlot[] =>
  Array.from({ length: count }, (_, hour) => {
    const startMs = fromMs + hour * HOUR_MS;
    return { startMs, endMs: startMs + HOUR_MS, perKwh };
  });

/** What a home reckons with after its feed has said this; and what it was told. */
async function priceAfter(answer: () => PriceSlot[], isClockSynced = true) {
  const time = new FakeTime(NOW_MS);
  const feed = { fetchSlots: async () => answer() };
  const cache = new SlotCache(plausiblePrices('feed', feed, DEFAULT), { clock: time, timers: time });
  const statuses: string[] = [];
  await cache.refresh((text) => statuses.push(text), new AbortController().signal);
  const { tariff } = energyConfig.parse({ timeZone: 'UTC', node: { idleWatts: 1 } });
  const now = new Tariff(tariff, new LocalTime('UTC'), new SensorBoard(), cache, undefined).at(
    NOW_MS,
    isClockSynced,
  );
  return [now.importPerKwh, now.isFromFeed, statuses];
}

test('E25: a tariff that is right is reckoned with', async () => {
  expect(await priceAfter(() => day(0.21))).toEqual([0.21, true, []]);
  expect(await priceAfter(() => [...day(0.21).slice(1), ...day(-0.05, NOW_MS, 1)])).toEqual([
    -0.05,
    true,
    [],
  ]);
});

test.each([
  [
    'silent',
    () => {
      throw new Error('HTTP 503');
    },
    'HTTP 503',
  ],
  [
    'stale retained',
    () => day(0.21, NOW_MS - 48 * HOUR_MS),
    'feed: not taken: all of it is over: another clock',
  ],
  ['NaN', () => day(Number.NaN), 'feed: not taken: NaN per kWh beside a usual 0.3: another unit'],
  ['wrong sign', () => day(-0.21), 'feed: not taken: all prices are below zero: another sign'],
  ['wrong unit', () => day(210), 'feed: not taken: 210 per kWh beside a usual 0.3: another unit'],
  ['flood', () => day(0.21, NOW_MS, 10_001), 'feed: not taken: 10001 slots are no schedule'],
] as const)(
  'E25: tariff, %s: the price of the home holds, and the cause has a name',
  async (_, answer, cause) => {
    expect(await priceAfter(answer as () => PriceSlot[])).toEqual([DEFAULT, false, [cause]]);
  },
);

test('E25: tariff, clock skew: without a clock that the market agrees with, schedules say nothing', async () => {
  expect(await priceAfter(() => day(0.21), false)).toEqual([DEFAULT, false, []]);
});

/** What a home knows of now after the feed has said one thing, and then another; and what it was told. */
async function knownAfter<Slot extends { readonly startMs: number; readonly endMs: number }>(
  sensible: (feed: SlotFeed<Slot>) => SlotFeed<Slot>,
  ...answers: (() => Slot[])[]
) {
  const time = new FakeTime(NOW_MS);
  const said = [...answers];
  const feed = sensible({ fetchSlots: async () => (said.shift() as () => Slot[])() });
  const cache = new SlotCache(feed, { clock: time, timers: time });
  const statuses: string[] = [];
  const { signal } = new AbortController();
  for (const _ of answers) await cache.refresh((text) => statuses.push(text), signal);
  return { now: cache.at(NOW_MS), statuses };
}

const grams = (...from: Parameters<typeof day>) =>
  day(...from).map(({ perKwh, ...span }) => ({ ...span, gramsPerKwh: perKwh }));
const watts = (...from: Parameters<typeof day>) =>
  day(...from).map(({ perKwh, ...span }) => ({ ...span, watts: perKwh }));

const outage = () => {
  throw new Error('HTTP 503');
};
const wrongAnswers: readonly (readonly [string, Parameters<typeof day> | undefined, RegExp])[] = [
  ['silent', undefined, /^HTTP 503$/],
  ['stale retained', [300, NOW_MS - 48 * HOUR_MS], /^feed: not taken: all of it is over: another clock$/],
  ['NaN', [Number.NaN], /^feed: not taken: NaN \S+ where \d+ is the most: another unit$/],
  ['wrong sign', [-300], /^feed: not taken: -300 \S+ is below zero: another sign$/],
  ['wrong unit', [300_000], /^feed: not taken: 300000 \S+ where \d+ is the most: another unit$/],
  ['clock skew', [300, NOW_MS - 30 * 24 * HOUR_MS], /^feed: not taken: all of it is over: another clock$/],
  ['flood', [300, NOW_MS, 10_001], /^feed: not taken: 10001 slots are no schedule$/],
];

test.each(wrongAnswers)(
  'E25: carbon, %s: what was known holds, and the cause has a name',
  async (_, wrong, cause) => {
    const answer = wrong ? () => grams(...wrong) : outage;
    const { now, statuses } = await knownAfter(
      (feed) => plausibleCarbon('feed', feed),
      () => grams(210),
      answer,
    );
    expect([now?.gramsPerKwh, statuses]).toEqual([210, [expect.stringMatching(cause)]]);
  },
);

test.each(wrongAnswers)(
  'E25: solar forecast, %s: what was known holds, and the cause has a name',
  async (_, wrong, cause) => {
    const answer = wrong ? () => watts(...wrong) : outage;
    const { now, statuses } = await knownAfter(
      (feed) => plausibleSun('feed', feed, 4),
      () => watts(2_100),
      answer,
    );
    expect([now?.watts, statuses]).toEqual([2_100, [expect.stringMatching(cause)]]);
  },
);

test('E25: carbon, clock skew of the home: without a clock that the market agrees with, schedules say nothing', () => {
  const time = new FakeTime(NOW_MS);
  const carbon = new SlotCache({ fetchSlots: async () => grams(210) }, { clock: time, timers: time });
  carbon.put(grams(210), NOW_MS);
  const { tariff } = energyConfig.parse({ timeZone: 'UTC', node: { idleWatts: 1 } });
  const reckoned = new Tariff(tariff, new LocalTime('UTC'), new SensorBoard(), undefined, carbon);
  expect([true, false].map((isSynced) => reckoned.at(NOW_MS, isSynced).gramsPerKwh)).toEqual([
    210,
    undefined,
  ]);
});
