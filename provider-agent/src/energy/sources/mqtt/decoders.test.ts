import { expect, test } from '@jest/globals';
import type { Mapping } from '../../site/normalise.ts';
import { RecordingSink } from '../../testing/recording-sink.ts';
import type { TopicDecoder } from '../energy-source.ts';
import { EbusDecoder } from './ebus.ts';
import { EvccDecoder } from './evcc.ts';
import { topicMatches } from './mqtt-source.ts';
import { ShellyDecoder } from './shelly.ts';
import { StatestreamDecoder } from './statestream.ts';

const AT_MS = Date.UTC(2026, 10, 20, 10);
const grid: Mapping = { signal: 'gridW', unit: 'W', isInverted: false };

/** Messages in order; a topic that ends in `!` is a stored copy. */
function hear(decoder: TopicDecoder, ...messages: readonly (readonly [string, string])[]) {
  const sink = new RecordingSink();
  for (const [name, payload] of messages) {
    const isRetained = name.endsWith('!');
    const topic = isRetained ? name.slice(0, -1) : name;
    if (decoder.topics.some((filter) => topicMatches(filter, topic)))
      decoder.message({ topic, payload, isRetained, atMs: AT_MS }, sink);
  }
  return sink;
}

test('E6: evcc is in our frame already; its will takes the values back', () => {
  const sink = hear(
    new EvccDecoder('evcc', ['loadW']),
    ['evcc/site/grid/power', '-2350'],
    ['evcc/site/battery/power', '1200'],
    ['evcc/site/battery/soc', '63'],
    ['evcc/site/pvPower', '4100'],
    ['evcc/site/homePower', '2950'],
    ['evcc/site/tariffGrid', '0.231'],
    ['evcc/site/title', 'Home'],
    ['evcc/status', 'offline'],
  );
  expect(sink.values).toEqual({
    gridW: '-2350',
    batteryW: '1200',
    socPercent: '63',
    pvW: '4100',
    importPerKwh: '0.231',
  });
  expect(sink.losses).toEqual(['evcc is offline']);
});

test('E6: a partial Shelly frame lies over the last full one; null clears; other frames say nothing', () => {
  const mapping = { ...grid, isInverted: true };
  const decoder = new ShellyDecoder([
    { prefix: 'shellypro3em-a0dd', component: 'em:0', field: 'total_act_power', mapping },
  ]);
  const rpc = (method: string, params: object) =>
    ['shellypro3em-a0dd/events/rpc', JSON.stringify({ src: 'shellypro3em-a0dd', method, params })] as const;
  const sink = hear(
    decoder,
    rpc('NotifyStatus', {
      ts: 1_750_612_659.62,
      'em:0': { id: 0, total_act_power: 501.8, a_current: 2.598 },
    }),
    rpc('NotifyStatus', { ts: 1_750_612_664.1, 'em:0': { id: 0, a_current: 2.6 } }),
    rpc('NotifyStatus', { ts: 1_750_612_669, 'sys:0': {} }),
    rpc('NotifyEvent', { ts: 1_750_612_670, 'em:0': { total_act_power: 9 } }),
    rpc('NotifyStatus', { ts: 1_750_612_671, 'em:0': { total_act_power: null } }),
    ['shellypro3em-a0dd/online', 'false'],
    ['shellypro3em-a0dd/events/rpc', 'not json'],
  );
  expect(sink.samples.map(({ raw }) => [raw.value, raw.measuredAtMs])).toEqual([
    [501.8, 1_750_612_659_620],
    [501.8, 1_750_612_664_100],
    [null, 1_750_612_671_000],
  ]);
  expect(sink.losses).toHaveLength(1);
  expect(sink.statuses).toHaveLength(1);
});

test('statestream: the state as text, and whether the broker had stored it', () => {
  const topic = 'homeassistant/sensor/grid_power/state';
  const sink = hear(new StatestreamDecoder({ [topic]: grid }), [`${topic}!`, '-1'], [topic, '"-2350.5"']);
  expect(sink.samples.map(({ raw }) => raw)).toEqual([
    { value: '-1', isRetained: true },
    { value: '"-2350.5"', isRetained: false },
  ]);
});

const PANEL = 'energy.ebus.device.distribution-enclosure';
const describe = (type: string, nodes: Record<string, string>, version?: string) =>
  JSON.stringify({
    homie: '5.0',
    version: 1_766_683_742_148,
    type,
    ...(version && { 'data-model-version': version }),
    nodes: Object.fromEntries(Object.entries(nodes).map(([id, nodeType]) => [id, { type: nodeType }])),
  });
const flows = (panel: string, node: string, values: Record<string, number>, times = 3) =>
  Array.from({ length: times }, () =>
    Object.entries(values).map(
      ([name, watts]) => [`ebus/5/${panel}/${node}/${name}`, String(watts)] as const,
    ),
  ).flat();
/** In the panel's own frame: 5.2 kW sun, 1 kW into the battery, 700 W exported, 3.5 kW used. */
const panelFrame = { pv: -5_200, battery: 1_000, grid: 700, site: 3_500 };
const canonical = { gridW: -700, batteryW: -1_000, pvW: 5_200 };
const inFrame = (sink: RecordingSink) =>
  Object.fromEntries(
    sink.samples.map(({ signal, mapping, raw }) => [
      signal,
      Number(raw.value) * (mapping.isInverted ? -1 : 1),
    ]),
  );

const flat = (label: 'kW' | 'W', ids: { flows: string; circuit: string }) =>
  [
    ['ebus/5/nj-1/$state', 'ready'],
    [
      'ebus/5/nj-1/$description',
      describe(PANEL, {
        [ids.flows]: 'energy.ebus.device.power-flows',
        [ids.circuit]: 'energy.ebus.device.circuit',
        bess: 'energy.ebus.device.bess',
        pcs: 'energy.ebus.device.pcs',
      }),
    ],
    [`ebus/5/nj-1/${ids.circuit}/active-power/$unit`, label],
    [`ebus/5/nj-1/${ids.circuit}/name!`, 'Office'],
  ] as const;

test.each([
  ['r202603 (labelled kW, publishes W)', 'kW', { flows: 'power-flows', circuit: 'c1' }],
  ['r202609', 'W', { flows: 'power-flows', circuit: 'c1' }],
  ['other ids, same types', 'W', { flows: 'x7', circuit: '0f3c' }],
] as const)('E3: flat schema, %s', (_, label, ids) => {
  const sink = hear(
    new EbusDecoder({ circuits: { Office: 'study' }, volts: 240 }),
    ...flat(label, ids),
    ...flows('nj-1', ids.flows, panelFrame),
    [`ebus/5/nj-1/${ids.circuit}/active-power`, '-412.5'],
    ['ebus/5/nj-1/bess/soc', '71'],
    ['ebus/5/nj-1/bess/grid-state', 'OFF_GRID'],
    ['ebus/5/nj-1/pcs/active', 'true'],
    ['ebus/5/nj-1/pcs/import-limit', '30'],
  );
  expect(inFrame(sink)).toEqual({
    ...canonical,
    loadW: 3_500,
    'circuit/study': 412.5,
    socPercent: 71,
    islanded: 1,
    importLimitW: 7_200,
  });
});

test('E3: tree schema: circuits and battery are devices of their own', () => {
  const sink = hear(
    new EbusDecoder({ circuits: { Office: 'study' }, volts: 240 }),
    ['ebus/5/p9/$state', 'ready'],
    ['ebus/5/p9/$description', describe(PANEL, { 'power-flows': 'energy.ebus.device.power-flows' }, '1.2')],
    ['ebus/5/k4/$state', 'ready'],
    [
      'ebus/5/k4/$description',
      describe('energy.ebus.device.circuit', { meter: 'meter', switch: 'switch', info: 'info' }, '1.2'),
    ],
    ['ebus/5/k4/info/name', 'Office'],
    ['ebus/5/b1/$state', 'ready'],
    ['ebus/5/b1/$description', describe('energy.ebus.device.bess', { soc: 'soc' }, '1.2')],
    ...flows('p9', 'power-flows', panelFrame),
    ['ebus/5/k4/meter/active-power', '-90'],
    ['ebus/5/b1/soc/soc', '55'],
  );
  expect(inFrame(sink)).toMatchObject({ ...canonical, 'circuit/study': 90, socPercent: 55 });
});

test('E3: a panel that already speaks our frame is found out by its balance', () => {
  const ours = { pv: 5_200, battery: -1_000, grid: -700, site: 3_500 };
  const sink = hear(
    new EbusDecoder({ circuits: {}, volts: 240 }),
    ...flat('W', { flows: 'f', circuit: 'c' }),
    ...flows('nj-1', 'f', ours),
  );
  expect(inFrame(sink)).toEqual({ ...canonical, loadW: 3_500 });
});

test('E3: nothing is said before the signs are clear, of stored values, or of a panel that is lost', () => {
  const decoder = () => new EbusDecoder({ circuits: {}, volts: 240 });
  const first = flat('W', { flows: 'f', circuit: 'c' });
  expect(hear(decoder(), ...first, ...flows('nj-1', 'f', panelFrame, 2)).samples).toEqual([]);
  const unbalanced = { pv: -5_200, battery: 1_000, grid: 700, site: 900 };
  expect(hear(decoder(), ...first, ...flows('nj-1', 'f', unbalanced)).samples).toEqual([]);
  const stored = flows('nj-1', 'f', panelFrame).map(([topic, payload]) => [`${topic}!`, payload] as const);
  expect(hear(decoder(), ...first, ...stored).samples).toEqual([]);
  const lost = hear(decoder(), ...first, ['ebus/5/nj-1/$state', 'lost'], ...flows('nj-1', 'f', panelFrame));
  expect([lost.samples, lost.losses]).toEqual([[], ['a device of the panel is lost']]);
});
