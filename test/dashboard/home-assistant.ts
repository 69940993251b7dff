import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export type HomeAssistant = {
  readonly url: string;
  readonly token: string;
  /** A sensor's value from now on, told to whoever listens. */
  set(entity: string, watts: number): void;
  stop(): Promise<void>;
};

/** As much of Home Assistant's WebSocket as an agent asks for: auth, `get_states`, `state_changed`. */
export async function startHomeAssistant(first: Readonly<Record<string, number>>): Promise<HomeAssistant> {
  const powers = new Map(Object.entries(first));
  const token = 'a long-lived token';
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const stateOf = (entity_id: string) => ({
    entity_id,
    state: String(powers.get(entity_id)),
    attributes: { unit_of_measurement: 'W', device_class: 'power' },
    last_reported: new Date().toISOString(),
  });
  const states = () => [...powers.keys()].map(stateOf);
  server.on('connection', (socket) => {
    const say = (message: object) => socket.send(JSON.stringify(message));
    say({ type: 'auth_required' });
    socket.on('message', (bytes) => {
      const { type, id, access_token } = JSON.parse(String(bytes));
      if (type === 'auth') say({ type: access_token === token ? 'auth_ok' : 'auth_invalid' });
      else if (type === 'ping') say({ id, type: 'pong' });
      else say({ id, type: 'result', success: true, result: type === 'get_states' ? states() : null });
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/api/websocket`,
    token,
    set: (entity, watts) => {
      powers.set(entity, watts);
      const event = { data: { new_state: stateOf(entity) } };
      for (const socket of server.clients) socket.send(JSON.stringify({ id: 1, type: 'event', event }));
    },
    stop: async () => {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
