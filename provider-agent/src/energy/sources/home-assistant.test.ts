import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock, systemTimers } from '../../host/ports.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { HomeAssistantSource } from './home-assistant.ts';

/** As much of Home Assistant as the source uses. */
class HomeAssistant {
  readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  readonly received: { type: string }[] = [];
  connections = 0;
  #socket: WebSocket | undefined;
  states: unknown[] = [];

  constructor() {
    this.server.on('connection', (socket) => {
      this.#socket = socket;
      this.connections += 1;
      socket.send(JSON.stringify({ type: 'auth_required', ha_version: '2026.11.0' }));
      socket.on('message', (bytes) => this.#answer(socket, JSON.parse(bytes.toString())));
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as { port: number }).port}/api/websocket`;
  }

  #answer(socket: WebSocket, message: { type: string; id?: number; access_token?: string }): void {
    this.received.push(message);
    if (message.type === 'auth') {
      const isRight = message.access_token === 'right';
      socket.send(JSON.stringify(isRight ? { type: 'auth_ok' } : { type: 'auth_invalid', message: 'no' }));
    } else if (message.type === 'get_states')
      socket.send(JSON.stringify({ id: message.id, type: 'result', success: true, result: this.states }));
    else socket.send(JSON.stringify({ id: message.id, type: 'result', success: true, result: null }));
  }

  change(state: object | null): void {
    const event = { event_type: 'state_changed', data: { new_state: state } };
    this.#socket?.send(JSON.stringify({ id: 1, type: 'event', event }));
  }

  drop(): void {
    this.#socket?.terminate();
  }
}

const entity = (state: string, over: object = {}) => ({
  entity_id: 'sensor.grid_power',
  state,
  attributes: { unit_of_measurement: 'kW', device_class: 'power' },
  last_changed: '2026-11-20T10:00:00.000000+00:00',
  last_updated: '2026-11-20T10:20:30.920000+00:00',
  context: { id: 'x' },
  ...over,
});

let home: HomeAssistant;
let sink: RecordingSink;
let stop: AbortController;
let running: Promise<void>;
beforeEach(async () => {
  home = new HomeAssistant();
  await once(home.server, 'listening');
  sink = new RecordingSink();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  for (const client of home.server.clients) client.terminate();
  await new Promise((resolve) => home.server.close(resolve));
});
function start(token = 'right') {
  const mappings = { 'sensor.grid_power': { signal: 'gridW', unit: 'W', isInverted: false } as const };
  const ports = { clock: systemClock, timers: systemTimers };
  running = new HomeAssistantSource({ url: home.url, token, mappings, reconnectMs: 10 }, ports).run(
    sink,
    stop.signal,
  );
}

test('E4: first all states, then every change, with the unit and the time that Home Assistant states', async () => {
  home.states = [entity('-2.35'), { entity_id: 'light.kitchen', state: 'on', attributes: {} }, 'nonsense'];
  start();
  await sink.until(({ samples }) => samples.length === 1);
  home.change({ ...entity('1'), entity_id: 'sensor.other' });
  home.change(null);
  home.change(entity('unavailable', { last_reported: '2026-11-20T10:21:00+00:00' }));
  await sink.until(({ samples }) => samples.length === 2);
  expect(sink.samples.map(({ raw }) => raw)).toEqual([
    { value: '-2.35', unit: 'kW', measuredAtMs: Date.UTC(2026, 10, 20, 10, 20, 30, 920) },
    { value: 'unavailable', unit: 'kW', measuredAtMs: Date.UTC(2026, 10, 20, 10, 21) },
  ]);
});

test('E4: a refused token ends the source: it does not ask again', async () => {
  start('wrong');
  await running;
  expect(sink.losses).toEqual(['Home Assistant refused the token: make a new one']);
  expect(home.received.map(({ type }) => type)).toEqual(['auth']);
});

test('E4: after a reconnect it authenticates and subscribes anew', async () => {
  start();
  await sink.until(({ statuses }) => statuses.length === 1);
  home.drop();
  await sink.until(({ statuses }) => statuses.filter((text) => text === 'connected').length === 2);
  home.change(entity('3'));
  await sink.until(({ values }) => values['gridW'] === '3');
  expect([home.connections, sink.losses]).toEqual([2, ['no connection to Home Assistant']]);
});
