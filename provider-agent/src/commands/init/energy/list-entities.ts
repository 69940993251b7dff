import WebSocket from 'ws';
import { z } from 'zod';

export type Entity = {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly unit: string;
};

const state = z.looseObject({
  entity_id: z.string(),
  state: z.string(),
  attributes: z
    .looseObject({ unit_of_measurement: z.string().optional(), friendly_name: z.string().optional() })
    .default({}),
});
const TIMEOUT_MS = 10_000;
const useful = new Set(['W', 'kW', 'MW', '%']);

/** Everything in Home Assistant that says watts or percent, with what it says now. @throws Error for a refused token or no answer */
export function listEntities(url: string, token: string): Promise<Entity[]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: TIMEOUT_MS, maxPayload: 16 * 1024 * 1024 });
    const timer = setTimeout(() => settle(() => reject(new Error(`${url}: no answer`))), TIMEOUT_MS);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.terminate();
      act();
    };
    socket.on('error', (error) => settle(() => reject(error)));
    socket.on('message', (bytes) => {
      const { type, result } = JSON.parse(String(bytes)) as { type?: string; result?: unknown };
      if (type === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      if (type === 'auth_invalid') settle(() => reject(new Error('Home Assistant refused the token')));
      if (type === 'auth_ok') socket.send(JSON.stringify({ id: 1, type: 'get_states' }));
      if (type === 'result') settle(() => resolve(entitiesOf(result)));
    });
  });
}

function entitiesOf(result: unknown): Entity[] {
  const states = Array.isArray(result) ? result : [];
  return states.flatMap((each) => {
    const { success, data } = state.safeParse(each);
    const unit = data?.attributes.unit_of_measurement ?? '';
    if (!success || !data.entity_id.startsWith('sensor.') || !useful.has(unit)) return [];
    return [
      { id: data.entity_id, name: data.attributes.friendly_name ?? data.entity_id, value: data.state, unit },
    ];
  });
}
