import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { FakeTime } from '../../host/testing/fake-time.ts';
import type { Mapping, RawSample } from '../site/normalise.ts';
import { SensorBoard, type SignalFault } from '../site/sensor-board.ts';
import { SiteObserver } from '../site/site-observer.ts';
import { LocalTime } from '../time/local-time.ts';
import { BlueprintMeter } from './_blueprint.ts';
import type { SampleSink, TopicDecoder } from './energy-source.ts';
import { takeState } from './home-assistant.ts';
import { EbusDecoder } from './mqtt/ebus.ts';
import { EvccDecoder } from './mqtt/evcc.ts';
import { ShellyDecoder } from './mqtt/shelly.ts';
import { StatestreamDecoder } from './mqtt/statestream.ts';
import { NvidiaMeter } from './nvidia-smi.ts';
import { RaplMeter } from './rapl.ts';
import { ShellyPlug } from './shelly-plug.ts';
import { valuesOf } from './sunspec/sunspec-values.ts';

const temporary: string[] = [];
afterAll(() => {
  for (const folder of temporary) rmSync(folder, { recursive: true });
});

const START_MS = Date.UTC(2026, 5, 1, 10);
const CYCLE_MS = 5_000;
const GRID_W = 2_000;
const NODE_W = 300;

const faults = [
  'silent',
  'stale retained',
  'NaN',
  'wrong sign',
  'wrong unit',
  'clock skew',
  'flood',
] as const;
type Fault = (typeof faults)[number];

/** What a broken device says instead of `watts`; undefined: it says nothing. */
type Utterance = { readonly text: string; readonly atMs: number; readonly isRetained: boolean };
function broken(fault: Fault | undefined, watts: number, nowMs: number): Utterance[] {
  const say = (text: string, over: Partial<Utterance> = {}) => ({
    text,
    atMs: nowMs,
    isRetained: false,
    ...over,
  });
  switch (fault) {
    case undefined:
      return [say(String(watts))];
    case 'silent':
      return [];
    case 'stale retained':
      return [say(String(watts), { isRetained: true })];
    case 'NaN':
      return [say('NaN')];
    case 'wrong sign':
      return [say(String(-watts))];
    case 'wrong unit':
      return [say(String(watts / 1_000))];
    case 'clock skew':
      return [say(String(watts), { atMs: nowMs + 3_600_000 })];
    case 'flood':
      return Array.from({ length: 300 }, () => say(String(watts)));
  }
}

type Source = {
  readonly name: string;
  readonly signal: 'gridW' | 'nodeW';
  /** The device says this, and the source understands what it does. */
  hear(utterances: readonly Utterance[], sink: SampleSink): void | Promise<void>;
  /** Faults that this protocol has no way to commit; who is asked cannot flood. */
  readonly cannot: readonly Fault[];
  /** Faults that the source sees through: what it then says is right. */
  readonly seesThrough?: readonly Fault[];
};

const grid: Mapping = { signal: 'gridW', unit: 'W', isInverted: false };
const topics =
  (decoder: TopicDecoder, messagesOf: (utterance: Utterance) => readonly (readonly [string, string])[]) =>
  (utterances: readonly Utterance[], sink: SampleSink) => {
    for (const utterance of utterances)
      for (const [topic, payload] of messagesOf(utterance))
        decoder.message({ topic, payload, isRetained: utterance.isRetained, atMs: utterance.atMs }, sink);
  };

function ebusSource(): Source {
  const decoder = new EbusDecoder({ circuits: {}, volts: 240 });
  const description = JSON.stringify({
    type: 'energy.ebus.device.distribution-enclosure',
    nodes: { f: { type: 'energy.ebus.device.power-flows' } },
  });
  const silent = { sample: () => {}, lost: () => {}, status: () => {} };
  for (const [node, payload] of [
    ['$state', 'ready'],
    ['$description', description],
  ])
    decoder.message(
      { topic: `ebus/5/p/${node}`, payload: payload ?? '', isRetained: true, atMs: START_MS },
      silent,
    );
  return {
    name: 'eBus',
    signal: 'gridW',
    cannot: ['clock skew'],
    seesThrough: ['wrong sign'], // the balance of the four says which frame it is
    // In the panel's frame; its `site` is right, so that a wrong `grid` is one against the other.
    hear: topics(decoder, ({ text }) => [
      ['ebus/5/p/f/pv', '0'],
      ['ebus/5/p/f/battery', '0'],
      ['ebus/5/p/f/grid', String(-Number(text))],
      ['ebus/5/p/f/site', String(GRID_W)],
    ]),
  };
}

/** Its counter adds up what is said for each cycle; a stored copy is one that stands still. */
function raplSource(): Source {
  const root = mkdtempSync(join(tmpdir(), 'hearth-rapl-'));
  temporary.push(root);
  mkdirSync(join(root, 'intel-rapl:0'));
  const write = (file: string, text: string) => writeFileSync(join(root, 'intel-rapl:0', file), text);
  write('max_energy_range_uj', '262143328850');
  const time = new FakeTime(START_MS);
  const meter = new RaplMeter(time, 0, root);
  let energyUj = 100_000_000_000;
  return {
    name: 'RAPL',
    signal: 'nodeW',
    cannot: ['clock skew', 'flood'],
    hear: async (utterances, sink) => {
      time.advance(CYCLE_MS);
      const said = utterances[0];
      if (!said) rmSync(join(root, 'intel-rapl:0', 'energy_uj'), { force: true });
      else {
        if (!said.isRetained) energyUj += Math.round(Number(said.text) * (CYCLE_MS / 1_000) * 1e6) || 0;
        write('energy_uj', said.text === 'NaN' ? 'garbage' : String(energyUj));
      }
      await meter.read(sink).catch(() => {}); // as the poller does: nothing was heard
    },
  };
}

/** A device on HTTP that answers with the newest utterance. */
async function onHttp(
  utterances: readonly Utterance[],
  bodyOf: (utterance: Utterance) => string,
  read: (host: string) => Promise<void>,
) {
  for (const utterance of utterances) {
    const server = createServer((_, response) => response.end(bodyOf(utterance))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
    await read(host).catch(() => {}); // as the poller does: nothing was heard
    server.closeAllConnections();
    server.close();
  }
}
const never = new AbortController().signal;
/** JSON has no NaN; a device that has none says null, or breaks its own format. */
const number = (text: string) => (text === 'NaN' ? 'null' : text);

const sources: readonly (() => Source)[] = [
  () => ({
    name: 'statestream',
    signal: 'gridW',
    cannot: ['clock skew'],
    hear: topics(new StatestreamDecoder({ 'ha/grid/state': grid }), ({ text }) => [['ha/grid/state', text]]),
  }),
  () => ({
    name: 'evcc',
    signal: 'gridW',
    cannot: ['clock skew'],
    hear: topics(new EvccDecoder(), ({ text }) => [['evcc/site/grid/power', text]]),
  }),
  () => ({
    name: 'Shelly on MQTT',
    signal: 'gridW',
    cannot: [],
    hear: topics(
      new ShellyDecoder([{ prefix: 's', component: 'em:0', field: 'total_act_power', mapping: grid }]),
      ({ text, atMs }) => [
        [
          's/events/rpc',
          `{"method":"NotifyStatus","params":{"ts":${atMs / 1_000},"em:0":{"total_act_power":${number(text)}}}}`,
        ],
      ],
    ),
  }),
  ebusSource,
  () => ({
    name: 'Home Assistant',
    signal: 'gridW',
    cannot: [],
    hear: (utterances, sink) => {
      for (const { text, atMs, isRetained } of utterances)
        takeState(
          {
            entity_id: 'sensor.grid',
            state: text,
            attributes: { unit_of_measurement: 'W' },
            // What it has restored after a restart is old, and says so.
            last_reported: new Date(isRetained ? atMs - 3_600_000 : atMs).toISOString(),
          },
          { 'sensor.grid': grid },
          sink,
        );
    },
  }),
  raplSource,
  () => ({
    name: 'SunSpec',
    signal: 'gridW',
    cannot: ['stale retained', 'clock skew'],
    hear: (utterances, sink) => {
      for (const { text } of utterances) {
        const registers = Array.from({ length: 105 }, () => 0);
        registers[16] = text === 'NaN' ? 0x8000 : Math.round(Number(text)) & 0xffff;
        for (const { value } of valuesOf({ id: 203, address: 0, length: 105 }, registers))
          sink.sample(grid, { value });
      }
    },
  }),
  () => ({
    name: 'Shelly plug',
    signal: 'nodeW',
    cannot: ['stale retained', 'clock skew', 'flood'],
    hear: (utterances, sink) =>
      onHttp(
        utterances,
        ({ text }) => `{"apower":${number(text)}}`,
        (host) => new ShellyPlug(host, { signal: 'nodeW', unit: 'W', isInverted: false }).read(sink, never),
      ),
  }),
  () => ({
    name: 'nvidia-smi',
    signal: 'nodeW',
    cannot: ['stale retained', 'clock skew', 'flood'],
    hear: async (utterances, sink) => {
      for (const { text } of utterances) {
        const csv = `GPU-1, ${text === 'NaN' ? '[N/A], [N/A]' : `${text}, ${text}`}, 450, 100, 450, 50\n`;
        await new NvidiaMeter(async () => csv, 0).read(sink, never);
      }
    },
  }),
  () => ({
    name: 'blueprint',
    signal: 'gridW',
    cannot: ['stale retained', 'flood'],
    hear: (utterances, sink) =>
      onHttp(
        utterances,
        ({ text, atMs }) => `{"power":${number(text)},"unit":"W","atMs":${atMs}}`,
        (host) => new BlueprintMeter(`http://${host}/`, grid).read(sink, never),
      ),
  }),
];

const causes: Readonly<Record<Fault, readonly SignalFault[]>> = {
  silent: ['late'],
  'stale retained': ['retained_only', 'out_of_order', 'implausible', 'late'],
  NaN: ['not_a_number', 'unavailable', 'late'],
  'wrong sign': ['balance', 'wrong_sign', 'unavailable', 'late'],
  'wrong unit': ['balance', 'implausible', 'late'],
  'clock skew': ['clock_skew'],
  flood: ['flood'],
};

const cases = sources.flatMap((make) =>
  faults
    .filter((fault) => !make().cannot.includes(fault))
    .map((fault) => [make().name, fault, make] as const),
);

test.each(cases)('E25: %s, %s: safe within five cycles, and the cause has a name', async (_, fault, make) => {
  const source = make();
  const board = new SensorBoard();
  const heardFaults = new Set<SignalFault>();
  let nowMs = START_MS;
  const sink: SampleSink = {
    sample: (mapping: Mapping, raw: RawSample) => {
      const found = board.accept(source.name, mapping, raw, nowMs);
      if (found) heardFaults.add(found);
    },
    lost: () => board.lost(source.name, nowMs),
    status: () => {},
  };
  const site = {
    hasPv: false,
    hasBattery: false,
    circuits: [
      { id: 'main', breakerAmps: 63, volts: 230, continuousShare: 0.8, measuredBy: 'grid' as const },
    ],
    importCapsW: [],
    hasImportLimitSensor: false,
    timeZone: 'UTC',
  };
  const observer = new SiteObserver(site, board, new LocalTime('UTC'));
  const other = source.signal === 'gridW' ? 'nodeW' : 'gridW';
  const trueW = { gridW: GRID_W, nodeW: NODE_W };
  const cycle = async (inForce: Fault | undefined) => {
    nowMs += CYCLE_MS;
    const wobble = ((nowMs / CYCLE_MS) % 7) * 3;
    await source.hear(broken(inForce, trueW[source.signal] + wobble, nowMs), sink);
    const tell = (signal: 'gridW' | 'nodeW' | 'loadW', value: number) =>
      board.accept('other', { signal, unit: 'W', isInverted: false }, { value: value + wobble }, nowMs);
    tell(other, trueW[other]);
    if (source.name !== 'eBus') tell('loadW', GRID_W);
    return observer.observe(nowMs, {
      events: [],
      quietHours: [],
      estimatedNodeW: NODE_W,
      isClockSynced: true,
    });
  };
  for (let count = 0; count < 6; count += 1) await cycle(undefined);
  expect(board.assess(source.signal, nowMs).quality).toBe('good');

  let view = await cycle(fault);
  for (let count = 0; count < 4; count += 1) view = await cycle(fault);
  // Safe: what limits are reckoned with is the truth, something worse, or nothing at all.
  const importW = view.worstGridW ?? Number.POSITIVE_INFINITY;
  expect(importW).toBeGreaterThanOrEqual(GRID_W * 0.95);
  expect(view.nodeW).toBeLessThanOrEqual(NODE_W * 1.15);
  const { quality, cause, value } = board.assess(source.signal, nowMs);
  if (source.seesThrough?.includes(fault)) expect(Math.abs((value ?? 0) / GRID_W - 1)).toBeLessThan(0.02);
  else if (fault === 'flood') expect([quality, heardFaults]).toEqual(['good', new Set(['flood'])]);
  else {
    expect(quality).not.toBe('good');
    expect(causes[fault]).toContain(cause);
  }
});
