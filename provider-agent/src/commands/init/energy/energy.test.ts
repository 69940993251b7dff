import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { homeTemplate } from '../../../config/home-template.ts';
import { parseHomeConfig } from '../../../config/load-home-config.ts';
import { sourceConfig } from '../../../energy/config/source-config.ts';
import { askSources } from './ask-sources.ts';
import { checkSign } from './check-sign.ts';
import type { EnergyPlan } from './energy-plan.ts';
import { energyTemplate } from './energy-template.ts';
import type { LiveSensors } from './live-sensors.ts';

const home = homeTemplate({
  ...{ provider: `0x${'aa'.repeat(20)}`, gateway: 'https://gateway.test', rpcUrl: 'http://127.0.0.1:8545' },
  ...{ chainId: 31337, registry: `0x${'11'.repeat(20)}`, settlement: `0x${'22'.repeat(20)}`, region: 'DE' },
  ...{
    modelPath: 'm.gguf',
    modelSha256: 'ab'.repeat(32),
    teeSeed: 'home',
    slots: 2,
    multiplierPpm: 1_000_000,
  },
});
const homeAssistant = sourceConfig.parse({
  type: 'home-assistant',
  url: 'ws://homeassistant.local:8123/api/websocket',
  tokenSecret: 'home_assistant',
  entities: { 'sensor.grid': { signal: 'gridW' }, 'sensor.pv': { signal: 'pvW' } },
});
const plan: EnergyPlan = {
  ...{ timeZone: 'Europe/Berlin', sources: [homeAssistant], hasSolar: true, hasBattery: true, slots: 2 },
  ...{ breakerAmps: 16, measuredBy: 'node', currency: 'EUR', importPerKwh: 0.31, exportPerKwh: 0.08 },
  ...{ mode: 'min+solar', reservePercent: 30, idleWatts: 40, workWatts: 240, isShadow: true },
};

/** Answers in the order of the questions. */
const personSaying = (...answers: string[]) => {
  const left = [...answers];
  return async () => left.shift() ?? '';
};

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const client of server?.clients ?? []) client.terminate();
  server?.close();
});

test('the section that init writes is a valid part of home.yaml, and says what each thing is', () => {
  const text = home + energyTemplate(plan, true);
  const { energy } = parseHomeConfig(text, '/srv/home/home.yaml');
  expect(energy).toMatchObject({
    isShadow: true,
    secretsFile: '/srv/home/secrets.yaml',
    wishes: { mode: 'min+solar', reservePercent: 30 },
    site: { hasSolar: true, hasBattery: true, circuits: [{ breakerAmps: 16, measuredBy: 'node' }] },
    node: { points: [{ slots: 2, watts: 240, joulesPerOutputToken: 4 }] },
    tariff: { importPerKwh: 0.31 },
    sources: [{ type: 'home-assistant', entities: { 'sensor.grid': { signal: 'gridW' } } }],
  });
  expect(text.match(/^ +#/gm)?.length).toBeGreaterThan(8);
  const plain = parseHomeConfig(
    home + energyTemplate({ ...plan, reservePercent: undefined }, false),
    '/h.yaml',
  );
  expect(plain.energy?.wishes.reservePercent ?? plain.energy?.secretsFile).toBeUndefined();
});

test('sensors of Home Assistant are chosen from what they say now; its token goes into the secrets alone', async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const state = (id: string, value: string, unit: string) => ({
    ...{ entity_id: id, state: value },
    attributes: { unit_of_measurement: unit, friendly_name: id.slice(7) },
  });
  const states = [
    state('sensor.grid', '-1250', 'W'),
    state('sensor.hall', '21', '°C'),
    state('sensor.pv', '2.5', 'kW'),
  ];
  server.on('connection', (socket) => {
    socket.send('{"type":"auth_required"}');
    socket.on('message', (bytes) => {
      const { type, access_token } = JSON.parse(String(bytes));
      if (type !== 'auth')
        return socket.send(JSON.stringify({ id: 1, type: 'result', success: true, result: states }));
      socket.send(JSON.stringify({ type: access_token === 'a token' ? 'auth_ok' : 'auth_invalid' }));
    });
  });
  const said: string[] = [];
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const person = personSaying('', '', 'a token', '1', '7', '2');
  const chosen = await askSources(person, { brokers: [], homeAssistant: [host] }, (line) => said.push(line));
  expect(said).toEqual([
    expect.stringMatching(/1 +-1250 W {2}grid/),
    expect.stringMatching(/2 +2\.5 kW {2}pv/),
  ]);
  expect(chosen?.secrets).toEqual({ home_assistant: 'a token' });
  expect(chosen?.sources).toMatchObject([
    {
      entities: { 'sensor.grid': { signal: 'gridW' }, 'sensor.pv': { signal: 'pvW' } },
      tokenSecret: 'home_assistant',
    },
  ]);
  expect(JSON.stringify(chosen?.sources)).not.toContain('a token');
});

test('without a meter there is no energy section', async () => {
  expect(await askSources(personSaying(''), { brokers: [], homeAssistant: [] }, () => {})).toBeUndefined();
});

test.each([
  [[200, 210, 190], [2_150, 2_210, 2_180], false, /^Right: the grid meter went up by 1980 W/],
  [[-200, -210, -190], [-2_150, -2_210, -2_180], true, /^Inverted: .* down by 1980 W\. It is turned round/],
  [[200, 900, 100], [150, 1_400, 300], false, /^Not clear/],
])('the kettle: from %j to %j', async (before, during, isInverted, words) => {
  const readings = [before, during];
  const live: LiveSensors = {
    now: () => [],
    readings: async () => readings.shift() ?? [],
    stop: async () => {},
  };
  const said: string[] = [];
  const [source] = await checkSign(personSaying('2000', ''), live, [homeAssistant], (line) =>
    said.push(line),
  );
  expect(source).toMatchObject({
    entities: { 'sensor.grid': { isInverted }, 'sensor.pv': { isInverted: false } },
  });
  expect(said.at(-1)).toMatch(words);
});
