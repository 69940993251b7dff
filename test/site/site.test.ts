import { afterEach, expect, test } from '@jest/globals';
import { energyConfig } from '../../provider-agent/src/energy/config/energy-config.ts';
import { openPriceFeed } from '../../provider-agent/src/energy/config/open-feeds.ts';
import { openSources } from '../../provider-agent/src/energy/config/open-sources.ts';
import { SensorBoard } from '../../provider-agent/src/energy/site/sensor-board.ts';
import { systemClock, systemRandom, systemTimers } from '../../provider-agent/src/host/ports.ts';
import { Lifecycle } from '../environment/lifecycle.ts';
import { startBroker } from './broker.ts';
import { DayClock, timeOfDay } from './day-clock.ts';
import { solarHome, tariffHome } from './energy-sections.ts';
import { Evcc } from './evcc.ts';
import { startInverter } from './inverter.ts';
import { newNodePlug } from './node-draw.ts';
import { SolarHouse } from './solar-house.ts';
import { PlugTeller } from './start-site.ts';
import { DayTariff } from './tariff.ts';

const SEED = 4;
const HOUR_S = 3_600;

let parts = new Lifecycle();
afterEach(async () => {
  await parts.stop();
  parts = new Lifecycle();
});

test('the agent hears the house over MQTT, its inverter over Modbus and its plug over HTTP, and it adds up', async () => {
  const house = new SolarHouse(SEED, 10 * HOUR_S);
  const plug = newNodePlug();
  const broker = await parts.start('broker', startBroker(0));
  const inverter = await parts.start(
    'inverter',
    startInverter(0, () => house.sunAt(12 * HOUR_S)),
  );
  const { host, ...server } = await plug.serve(0);
  parts.add('plug', server);
  await new PlugTeller(host).tell(2);
  const addresses = {
    ready: true,
    brokerUrl: broker.url,
    inverterPort: inverter.port,
    solarPlug: host,
  } as const;
  const { sources } = energyConfig.parse(solarHome(addresses, 2));

  const board = new SensorBoard();
  const heard = new Set<string>();
  const end = new AbortController();
  let enough = () => {};
  const all = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const ports = { clock: systemClock, timers: systemTimers, random: systemRandom };
  const opened = openSources(
    sources,
    () => '',
    ports,
    () => '',
  );
  const running = opened.meters.map(({ name, source }) =>
    source.run(
      {
        sample: (mapping, raw) => {
          if (board.accept(name, mapping, raw, Date.now()) === undefined) heard.add(mapping.signal);
          if (heard.size === 6) enough();
        },
        lost: () => {},
        status: () => {},
      },
      end.signal,
    ),
  );
  parts.add('sources', {
    stop: async () => {
      end.abort();
      await Promise.all(running);
    },
  });
  const evcc = await parts.start('evcc', Evcc.connect(broker.url));
  // What the broker has kept is of unknown age: only what is said while the agent listens counts.
  const power = house.until(12 * HOUR_S, plug.watts);
  const pace = setInterval(() => evcc.publish(power), 50);
  parts.add('pace', { stop: async () => clearInterval(pace) });
  await all;

  const value = (signal: 'gridW' | 'pvW' | 'batteryW' | 'loadW' | 'nodeW') =>
    board.value(signal, Date.now()) ?? Number.NaN;
  expect(Math.abs(value('nodeW') - plug.watts)).toBeLessThan(1);
  expect(value('pvW')).toBe(Math.round(house.sunAt(12 * HOUR_S)));
  expect(value('pvW')).toBeGreaterThan(500);
  expect(Math.abs(value('loadW') - value('gridW') - value('pvW') - value('batteryW'))).toBeLessThan(1);
});

test('the tariff is heard as its feed, and its quarters of an hour pass as fast as the day', async () => {
  const startedAtMs = Date.now();
  const clock = new DayClock(144, startedAtMs, 6);
  const tariff = new DayTariff(clock, SEED);
  const { url } = await parts.start('tariff', tariff.serve(0));
  const addresses = { ready: true, tariffUrl: url, tariffPlug: '127.0.0.1:1' } as const;
  const { feed, surchargePerKwh, importPerKwh } = energyConfig.parse(tariffHome(addresses, 1)).tariff;
  if (!feed) throw new Error('the home names no feed');
  const slots = await openPriceFeed(feed, importPerKwh, () => '').fetchSlots(
    startedAtMs,
    new AbortController().signal,
  );
  const [first] = slots;
  expect((first?.endMs ?? 0) - (first?.startMs ?? 0)).toBe((900 * 1_000) / 144);
  expect((slots.at(-1)?.endMs ?? 0) - startedAtMs).toBeGreaterThan(30 * 60_000);
  const perKwh = slots.map((slot) => slot.perKwh + surchargePerKwh);
  expect(Math.max(...perKwh) - Math.min(...perKwh)).toBeGreaterThan(0.05);
  expect(perKwh[0]).toBeCloseTo(tariff.perKwhAt(clock.secondAt(startedAtMs)), 5);
});

test('a day of the house: no sun at night, more at noon; the clock knows both ways', () => {
  const house = new SolarHouse(SEED, 0);
  expect(house.sunAt(2 * HOUR_S)).toBe(0);
  expect(house.sunAt(12 * HOUR_S)).toBeGreaterThan(house.sunAt(8 * HOUR_S));
  const clock = new DayClock(60, 1_000_000, 7.5);
  expect(timeOfDay(clock.secondAt(1_000_000 + 30_000))).toBe('08:00');
  expect(clock.msOf(clock.secondAt(1_060_000))).toBe(1_060_000);
});
