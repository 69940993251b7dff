import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { systemClock } from '../../../host/ports.ts';
import { SensorBoard } from '../../site/sensor-board.ts';
import { SiteObserver } from '../../site/site-observer.ts';
import { RecordingSink } from '../../testing/recording-sink.ts';
import { TestBroker } from '../../testing/test-broker.ts';
import { LocalTime } from '../../time/local-time.ts';
import { EbusDecoder } from './ebus.ts';
import { EvccDecoder } from './evcc.ts';
import { MqttSource } from './mqtt-source.ts';

const siteOfOneCircuit = {
  ...{ hasPv: false, hasBattery: false, importCapsW: [], hasImportLimitSensor: false, timeZone: 'UTC' },
  circuits: [{ id: 'main', breakerAmps: 63, volts: 230, continuousShare: 0.8, measuredBy: 'grid' as const }],
};

let broker: TestBroker;
let stop: AbortController;
let running: Promise<void>;
let sink: RecordingSink;
const clients: MqttClient[] = [];
beforeEach(async () => {
  broker = new TestBroker();
  await broker.start();
  stop = new AbortController();
  sink = new RecordingSink();
});
afterEach(async () => {
  stop.abort();
  await running;
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await broker.stop();
});

async function publisher(options: object = {}): Promise<MqttClient> {
  const client = await connectAsync(broker.url, { reconnectPeriod: 0, clientId: 'publisher', ...options });
  clients.push(client);
  return client;
}
function listen(...decoders: ConstructorParameters<typeof MqttSource>[1]) {
  const source = new MqttSource({ url: broker.url, reconnectMs: 20 }, decoders, systemClock);
  running = source.run(sink, stop.signal);
}

test('E2: what the broker had stored is marked, what comes live is not, and the board tells them apart', async () => {
  const meter = await publisher();
  await meter.publishAsync('evcc/site/grid/power', '500', { retain: true, qos: 1 });
  listen(new EvccDecoder());
  await sink.until(({ samples }) => samples.length === 1);
  await meter.publishAsync('evcc/site/grid/power', '510', { retain: true, qos: 1 });
  await sink.until(({ samples }) => samples.length === 2);
  const board = new SensorBoard();
  const qualities = sink.samples.map(({ mapping, raw }, index) => {
    board.accept('mqtt', mapping, raw, index);
    return board.assess('gridW', index).quality;
  });
  expect(qualities).toEqual(['unknown', 'good']);
});

test('E2: a publisher that dies takes its values with it, by its will, and the next cycle counts on nothing of it', async () => {
  const panel = await publisher({
    will: { topic: 'ebus/5/p1/$state', payload: Buffer.from('lost'), qos: 1, retain: true },
  });
  listen(new EbusDecoder({ circuits: {}, volts: 240 }));
  await sink.until(({ statuses }) => statuses.includes('connected'));
  await panel.publishAsync('ebus/5/p1/$state', 'ready', { qos: 1, retain: true });
  const board = new SensorBoard();
  board.accept('mqtt', { signal: 'gridW', unit: 'W', isInverted: false }, { value: 500 }, 0);
  const observer = new SiteObserver(siteOfOneCircuit, board, new LocalTime('UTC'));
  const cycle = (nowMs: number) =>
    observer.observe(nowMs, { events: [], quietHours: [], estimatedNodeW: 0, isClockSynced: true });
  expect(cycle(5_000)).toMatchObject({ worstGridW: 500, circuits: [{ loadW: 500 }] });
  panel.stream.destroy();
  await sink.until(({ losses }) => losses.length === 1);
  expect(sink.losses).toEqual(['a device of the panel is lost']);
  board.lost('mqtt', 6_000);
  expect(cycle(10_000)).toMatchObject({ worstGridW: undefined, circuits: [{ loadW: undefined }] });
});

test('E2: a broker that goes away is a loss, and one that comes back is heard again', async () => {
  listen(new EvccDecoder());
  await sink.until(({ statuses }) => statuses.includes('connected'));
  await broker.stop();
  await sink.until(({ losses }) => losses.length > 0);
  await broker.start();
  await sink.until(({ statuses }) => statuses.filter((text) => text === 'connected').length === 2);
  const meter = await publisher();
  await meter.publishAsync('evcc/site/pvPower', '900', { qos: 1 });
  await sink.until(({ values }) => values['pvW'] === '900');
});

test('E3: the agent publishes nothing, least of all to a relay: the log of the broker says so', async () => {
  listen(new EbusDecoder({ circuits: { Office: 'study' }, volts: 240 }));
  await sink.until(({ statuses }) => statuses.includes('connected'));
  const panel = await publisher();
  await panel.publishAsync('ebus/5/p1/$state', 'ready', { qos: 1 });
  await panel.publishAsync('ebus/5/p1/c1/relay', 'CLOSED', { qos: 1 });
  await broker.heard(2);
  const others = broker.published.filter((entry) => !entry.startsWith('publisher '));
  expect([broker.published.length, others]).toEqual([2, []]);
});
