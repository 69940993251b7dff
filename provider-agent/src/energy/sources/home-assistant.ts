import WebSocket from 'ws';
import { z } from 'zod';
import { messageOf } from '../../agent-error.ts';
import { delay } from '../../host/ports.ts';
import type { Mapping } from '../site/normalise.ts';
import type { EnergySource, SampleSink } from './energy-source.ts';
import type { SourcePorts } from './polled-source.ts';

export type HomeAssistantOptions = {
  /** `ws://homeassistant.local:8123/api/websocket` */
  readonly url: string;
  /** Long-lived access token. */
  readonly token: string;
  readonly mappings: Readonly<Record<string, Mapping>>;
  readonly reconnectMs: number;
};

const state = z.looseObject({
  entity_id: z.string(),
  state: z.string(),
  attributes: z.looseObject({ unit_of_measurement: z.string().optional() }).default({}),
  last_updated: z.string().optional(),
  /** Newer Home Assistant: also when a sensor confirmed an unchanged value. */
  last_reported: z.string().optional(),
});
const serverMessage = z.looseObject({
  type: z.string(),
  id: z.number().optional(),
  result: z.unknown().optional(),
  event: z.looseObject({ data: z.looseObject({ new_state: state.nullable() }) }).optional(),
});

const PING_MS = 30_000;
/** An unchanged value fires no event: all are read again this often. */
const REREAD_MS = 45_000;
const SILENCE_MS = 2 * PING_MS + 5_000;

/**
 * Home Assistant's WebSocket: auth, `get_states`, then `state_changed`. A refused token ends the source, because asking
 * again would lock the account; everything else is tried again.
 */
export class HomeAssistantSource implements EnergySource {
  readonly #options: HomeAssistantOptions;
  readonly #ports: SourcePorts;

  constructor(options: HomeAssistantOptions, ports: SourcePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  async run(sink: SampleSink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isRefused = await this.#connection(sink, signal);
      if (isRefused) return sink.lost('Home Assistant refused the token: make a new one');
      if (!signal.aborted) sink.lost('no connection to Home Assistant');
      await delay(this.#ports.timers, this.#options.reconnectMs, signal);
    }
  }

  /** @returns whether the token was refused */
  #connection(sink: SampleSink, signal: AbortSignal): Promise<boolean> {
    const { timers } = this.#ports;
    const { mappings } = this.#options;
    const socket = new WebSocket(this.#options.url, {
      handshakeTimeout: 10_000,
      maxPayload: 16 * 1024 * 1024,
    });
    let lastId = 0;
    let isRefused = false;
    const cancels = new Map<string, () => void>();
    const later = (name: string, ms: number, task: () => void) => {
      cancels.get(name)?.();
      cancels.set(name, timers.after(ms, task));
    };
    const ask = (message: object) => {
      lastId += 1;
      socket.send(JSON.stringify({ id: lastId, ...message }));
    };
    const every = (name: string, ms: number, message: object) => {
      ask(message);
      later(name, ms, () => every(name, ms, message));
    };
    const hear = (text: string) => {
      later('silence', SILENCE_MS, () => socket.terminate());
      const message = serverMessage.parse(JSON.parse(text));
      switch (message.type) {
        case 'auth_required':
          return socket.send(JSON.stringify({ type: 'auth', access_token: this.#options.token }));
        case 'auth_invalid':
          isRefused = true;
          return socket.close();
        case 'auth_ok':
          sink.status('connected');
          ask({ type: 'subscribe_events', event_type: 'state_changed' });
          every('reread', REREAD_MS, { type: 'get_states' });
          return every('ping', PING_MS, { type: 'ping' });
        case 'event': {
          const changed = message.event?.data.new_state;
          return changed ? takeState(changed, mappings, sink) : undefined;
        }
        case 'result':
          for (const each of Array.isArray(message.result) ? message.result : [])
            takeAny(each, mappings, sink);
      }
    };
    const close = () => socket.close();
    signal.addEventListener('abort', close, { once: true });
    return new Promise((resolve) => {
      socket.on('message', (bytes) => {
        try {
          hear(bytes.toString());
        } catch (error) {
          sink.status(`Home Assistant: ${messageOf(error)}`);
        }
      });
      socket.on('error', (error) => sink.status(error.message));
      socket.on('close', () => {
        for (const cancel of cancels.values()) cancel();
        signal.removeEventListener('abort', close);
        resolve(isRefused);
      });
    });
  }
}

function takeAny(entity: unknown, mappings: HomeAssistantOptions['mappings'], sink: SampleSink): void {
  const id = (entity as { entity_id?: unknown } | null)?.entity_id;
  if (typeof id === 'string' && Object.hasOwn(mappings, id)) takeState(state.parse(entity), mappings, sink);
}

/** One entity's state, if it is one that the home has mapped. */
export function takeState(
  entity: z.output<typeof state>,
  mappings: HomeAssistantOptions['mappings'],
  sink: SampleSink,
): void {
  const mapping = Object.hasOwn(mappings, entity.entity_id) ? mappings[entity.entity_id] : undefined;
  if (!mapping) return;
  const at = entity.last_reported ?? entity.last_updated;
  sink.sample(mapping, {
    value: entity.state,
    unit: entity.attributes.unit_of_measurement,
    measuredAtMs: at === undefined ? undefined : Date.parse(at),
  });
}
