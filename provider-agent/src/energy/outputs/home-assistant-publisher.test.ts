import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { z } from 'zod';
import { FakeTime } from '../../host/testing/fake-time.ts';
import { eventBegan } from '../notices/notice.ts';
import type { Wishes } from '../service/wishes-file.ts';
import type { EnergySnapshot } from '../snapshot.ts';
import { TestBroker } from '../testing/test-broker.ts';
import { discoveryConfigs } from './discovery.ts';
import { HomeAssistantPublisher } from './home-assistant-publisher.ts';

const NOW_MS = 1_800_000_000_000;
const snapshot = {
  atMs: NOW_MS,
  state: 'run',
  reason: { code: 'running_on_surplus' },
  wishes: { mode: 'solar', pausedUntilMs: undefined, capW: undefined, quietHours: [] },
  signals: {},
  today: { nodeWh: 1_250, energyCost: 0.21 },
  point: { watts: 300 },
  notices: [{ atMs: NOW_MS, ...eventBegan('peak') }],
} as unknown as EnergySnapshot;

/** Home Assistant: hears everything, keeps the newest of each topic. */
class Listener {
  readonly newest = new Map<string, string>();
  #waiting: { readonly isThere: () => boolean; readonly resolve: () => void }[] = [];
  client!: MqttClient;

  async start(url: string): Promise<void> {
    this.client = await connectAsync(url, { clientId: 'ha', reconnectPeriod: 0 });
    this.client.on('message', (topic, bytes) => {
      this.newest.set(topic, bytes.toString());
      for (const { isThere, resolve } of this.#waiting) if (isThere()) resolve();
    });
    await this.client.subscribeAsync('#');
  }

  until(topic: string, text: string): Promise<void> {
    const isThere = () => this.newest.get(topic)?.includes(text) === true;
    return isThere() ? Promise.resolve() : new Promise((resolve) => this.#waiting.push({ isThere, resolve }));
  }
}

let broker: TestBroker;
let home: Listener;
let stop: AbortController;
let running: Promise<void>;
/** Between node and broker. */
let line: Server;
let sockets: Socket[];
let wished: Partial<Wishes>[];
let onWish: () => void;
beforeEach(async () => {
  broker = new TestBroker();
  await broker.start();
  home = new Listener();
  await home.start(broker.url);
  stop = new AbortController();
  wished = [];
  sockets = [];
  line = createServer((near) => {
    const far = connect(Number(new URL(broker.url).port), '127.0.0.1');
    sockets.push(near, far);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {}); // cut
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  const url = `mqtt://127.0.0.1:${(line.address() as AddressInfo).port}`;
  const options = { url, nodeId: 'ab12', maximumW: 400, currency: 'EUR' };
  const node = {
    snapshot: () => snapshot,
    onChange: () => () => {},
    wish: async (change: Partial<Wishes>) => {
      wished.push(change);
      onWish();
    },
  };
  const publisher = new HomeAssistantPublisher(options, new FakeTime(NOW_MS), () => 1.25);
  running = publisher.run(node, () => {}, stop.signal);
  await home.until('hearth/ab12/status', 'online');
});
afterEach(async () => {
  stop.abort();
  await running;
  line.close();
  await home.client.endAsync(true);
  await broker.stop();
});
const command = async (topic: string, text: string) => {
  const granted = new Promise<void>((resolve) => {
    onWish = resolve;
  });
  await home.client.publishAsync(`hearth/ab12/${topic}/set`, text, { qos: 1 });
  await granted;
};

const config = z.looseObject({
  name: z.string().min(1),
  unique_id: z.string().regex(/^hearth_ab12_\w+$/),
  state_topic: z.literal('hearth/ab12/state'),
  availability_topic: z.literal('hearth/ab12/status'),
  value_template: z.string().regex(/^\{\{ value_json\.\w+ \}\}$/),
  device: z.object({
    identifiers: z.array(z.string()).length(1),
    name: z.string(),
    manufacturer: z.string(),
  }),
});

test('E5: every configuration is one that Home Assistant takes, and reads a member that the state has', () => {
  const state = JSON.parse(home.newest.get('hearth/ab12/state') ?? '{}');
  expect(state).toMatchObject({
    power: null,
    energy: 1.25,
    state: 'run',
    mode: 'solar',
    cap: 300,
    pause: 'OFF',
  });
  const configs = discoveryConfigs('ab12', 400, 'EUR');
  for (const { topic, payload } of configs) {
    expect(home.newest.get(topic)).toBe(payload);
    const { value_template: template } = config.parse(JSON.parse(payload));
    expect(Object.keys(state)).toContain(/value_json\.(\w+)/.exec(template)?.[1]);
  }
  expect(new Set(configs.map(({ topic }) => topic.split('/')[1]))).toEqual(
    new Set(['sensor', 'select', 'number', 'switch']),
  );
});

test('E5: mode, cap and pause set in Home Assistant are wishes of the owner', async () => {
  await command('mode', 'cheap');
  await command('cap', '250');
  await command('pause', 'ON');
  await command('pause', 'OFF');
  expect(wished).toEqual([
    { mode: 'cheap' },
    { capW: 250 },
    { pausedUntilMs: NOW_MS + 365 * 86_400_000 },
    { pausedUntilMs: undefined },
  ]);
});

test('E5: what is no command changes nothing', async () => {
  await home.client.publishAsync('hearth/ab12/mode/set', 'turbo', { qos: 1 });
  await home.client.publishAsync('hearth/ab12/cap/set', '-5', { qos: 1 });
  await command('mode', 'now');
  expect(wished).toEqual([{ mode: 'now' }]);
});

test('E5: today’s earnings are a sensor, and E22: the newest notice another', async () => {
  const configs = discoveryConfigs('ab12', 400, 'EUR').map(({ payload }) => JSON.parse(payload));
  expect(configs.find(({ unique_id: id }) => id === 'hearth_ab12_earned')).toMatchObject({
    device_class: 'monetary',
    unit_of_measurement: 'USD',
    state_topic: 'hearth/ab12/state',
  });
  await home.until('hearth/ab12/state', '"earned":1.25');
  await home.until('hearth/ab12/state', 'event peak is in force');
});

test('E5: a node whose connection breaks is offline by its will', async () => {
  const offline = home.until('hearth/ab12/status', 'offline');
  for (const socket of sockets) socket.destroy();
  await offline;
});

test('E5: a node that stops is offline', async () => {
  stop.abort();
  await running;
  await home.until('hearth/ab12/status', 'offline');
});
