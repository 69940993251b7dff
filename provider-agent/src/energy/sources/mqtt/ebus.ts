import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { CircuitSignal, Signal } from '../../site/signals.ts';
import type { SampleSink, TopicDecoder, TopicMessage } from '../energy-source.ts';
import { FrameJudge, type PanelFlows } from './ebus-frame.ts';

const description = z.looseObject({
  type: z.string(),
  'data-model-version': z.string().optional(),
  nodes: z.record(z.string(), z.looseObject({ type: z.string() })).default({}),
});

/** What a node of a device is, told by the end of its type; ids mean nothing. */
type Role = 'power-flows' | 'circuit' | 'bess' | 'pcs';

type Device = { readonly roles: Map<string, Role>; state: string | undefined };

const FLOWS = ['pv', 'battery', 'grid', 'site'] as const;
type Flow = (typeof FLOWS)[number];

export type EbusOptions = {
  /** Names of circuits as the homeowner calls them in the panel → our circuit ids. */
  readonly circuits: Readonly<Record<string, string>>;
  /** To turn the panel's import limit from amperes into watts. */
  readonly volts: number;
};

/**
 * eBus over MQTT (Homie 5), both schemas: flat (`ebus/5/<panel>/<node>/<property>`) and tree, where each circuit and the
 * battery are devices of their own (`ebus/5/<device>/meter/active-power`). Traps: circuit power is labelled kW by one
 * firmware and is W all the same; signs differ by version (`ebus-frame.ts`); names arrive after `$state=ready`; values of a
 * device that is not ready are worth nothing.
 */
export class EbusDecoder implements TopicDecoder {
  readonly topics = ['ebus/5/#'];
  readonly #options: EbusOptions;
  readonly #devices = new Map<string, Device>();
  readonly #judge = new FrameJudge();
  readonly #flows = new Map<Flow, number>();
  readonly #names = new Map<string, string>();
  readonly #isPcsActive = new Map<string, boolean>();

  constructor(options: EbusOptions) {
    this.#options = options;
  }

  message(message: TopicMessage, sink: SampleSink): void {
    const [, , id = '', node = '', property] = message.topic.split('/');
    const device = this.#deviceOf(id);
    if (node === '$description') return this.#describe(id, device, message.payload, sink);
    if (node === '$state') return this.#changeState(device, message.payload, sink);
    if (property === undefined || device.state !== 'ready') return;
    const role = device.roles.get(node);
    if (property === 'name' && role === 'circuit') {
      this.#names.set(this.#circuitKey(id, node), message.payload);
      return;
    }
    // A stored value is metadata at best: names are, powers are not.
    if (message.isRetained) return;
    if (role === 'power-flows') this.#flow(property, message.payload, sink);
    else if (role === 'circuit') this.#circuit(id, node, property, message.payload, sink);
    else if (role === 'bess') this.#battery(property, message.payload, sink);
    else if (role === 'pcs') this.#pcs(id, property, message.payload, sink);
  }

  #deviceOf(id: string): Device {
    let device = this.#devices.get(id);
    if (!device) {
      device = { roles: new Map(), state: undefined };
      this.#devices.set(id, device);
    }
    return device;
  }

  #describe(id: string, device: Device, payload: string, sink: SampleSink): void {
    const parsed = description.safeParse(parseJson(payload));
    if (!parsed.success) return sink.status(`${id}: a $description that cannot be read`);
    device.roles.clear();
    for (const [node, { type }] of Object.entries(parsed.data.nodes)) {
      const role = roleOf(parsed.data.type, type);
      if (role) device.roles.set(node, role);
    }
  }

  #changeState(device: Device, state: string, sink: SampleSink): void {
    const before = device.state;
    device.state = state;
    if (state === 'ready' || before !== 'ready') return;
    this.#flows.clear();
    sink.lost(`a device of the panel is ${state}`);
  }

  #flow(property: string, payload: string, sink: SampleSink): void {
    const flow = FLOWS.find((known) => known === property);
    if (flow === undefined) return;
    this.#flows.set(flow, Number(payload));
    const { pv, battery, grid, site } = Object.fromEntries(this.#flows) as Partial<PanelFlows>;
    if (grid === undefined || site === undefined) return;
    // `site` closes a round of the four; deciding on half of a round would mix two moments.
    if (flow !== 'site') return;
    const frame = this.#judge.observe({ pv: pv ?? 0, battery: battery ?? 0, grid, site });
    if (frame === undefined) return sink.status('the signs of the panel are not clear yet');
    const isInverted = frame === 'panel';
    const say = (signal: Signal, value: number | undefined) => {
      if (value !== undefined) sink.sample({ signal, unit: 'W', isInverted }, { value });
    };
    say('gridW', grid);
    say('batteryW', battery);
    say('pvW', pv);
    sink.sample({ signal: 'loadW', unit: 'W', isInverted: false }, { value: Math.abs(site) });
  }

  #circuit(id: string, node: string, property: string, payload: string, sink: SampleSink): void {
    if (property !== 'active-power') return;
    const name = this.#names.get(this.#circuitKey(id, node));
    const circuitId = name === undefined ? undefined : this.#options.circuits[name];
    const { frame } = this.#judge;
    if (circuitId === undefined || frame === undefined) return;
    const signal: CircuitSignal = `circuit/${circuitId}`;
    sink.sample({ signal, unit: 'W', isInverted: frame === 'panel' }, { value: payload });
  }

  #battery(property: string, payload: string, sink: SampleSink): void {
    if (property === 'soc')
      sink.sample({ signal: 'socPercent', unit: '%', isInverted: false }, { value: payload });
    if (property === 'grid-state' && payload !== 'UNKNOWN')
      sink.sample({ signal: 'islanded', unit: '', isInverted: false }, { value: payload === 'OFF_GRID' });
  }

  #pcs(id: string, property: string, payload: string, sink: SampleSink): void {
    if (property === 'active') this.#isPcsActive.set(id, payload === 'true');
    if (property !== 'import-limit' || this.#isPcsActive.get(id) === false) return;
    const watts = Number(payload) * this.#options.volts;
    sink.sample({ signal: 'importLimitW', unit: 'W', isInverted: false }, { value: watts });
  }

  /** In the tree a circuit is a device with several nodes, in the flat schema a node. */
  #circuitKey(id: string, node: string): string {
    const roles = this.#devices.get(id)?.roles;
    const isTree = roles !== undefined && [...roles.values()].every((role) => role === 'circuit');
    return isTree ? id : `${id}/${node}`;
  }
}

function roleOf(deviceType: string, nodeType: string): Role | undefined {
  if (nodeType.endsWith('.power-flows')) return 'power-flows';
  if (nodeType.endsWith('.pcs')) return 'pcs';
  if (deviceType.endsWith('.circuit') || nodeType.endsWith('.circuit')) return 'circuit';
  if (deviceType.endsWith('.bess') || nodeType.endsWith('.bess')) return 'bess';
  return undefined;
}
