import { modes } from '../policy/policy-types.ts';
import type { EnergySnapshot } from '../snapshot.ts';

export type DiscoveryMessage = { readonly topic: string; readonly payload: string };

/** Topics of one node; Home Assistant reads the rest from the configurations. */
export const topicsOf = (nodeId: string) => ({
  status: `hearth/${nodeId}/status`,
  state: `hearth/${nodeId}/state`,
  mode: `hearth/${nodeId}/mode/set`,
  pause: `hearth/${nodeId}/pause/set`,
  cap: `hearth/${nodeId}/cap/set`,
});

/** Home Assistant refuses a longer state. */
const MAX_STATE_CHARACTERS = 255;

/** What makes the node appear in Home Assistant, retained under `homeassistant/…/config`. */
export function discoveryConfigs(nodeId: string, maximumW: number, currency: string): DiscoveryMessage[] {
  const topics = topicsOf(nodeId);
  const common = {
    state_topic: topics.state,
    availability_topic: topics.status,
    device: { identifiers: [`hearth_${nodeId}`], name: 'Hearth node', manufacturer: 'Hearth' },
  };
  const entity = (component: string, key: string, name: string, members: object): DiscoveryMessage => ({
    topic: `homeassistant/${component}/hearth_${nodeId}_${key}/config`,
    payload: JSON.stringify({
      name,
      unique_id: `hearth_${nodeId}_${key}`,
      value_template: `{{ value_json.${key} }}`,
      ...common,
      ...members,
    }),
  });
  const sensor = (key: string, name: string, members: object) =>
    entity('sensor', key, name, { expire_after: 90, ...members });
  return [
    sensor('power', 'Power', { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' }),
    sensor('energy', 'Energy today', {
      unit_of_measurement: 'kWh',
      device_class: 'energy',
      state_class: 'total_increasing',
    }),
    sensor('cost', 'Energy cost today', { unit_of_measurement: currency, device_class: 'monetary' }),
    sensor('earned', 'Earned today', { unit_of_measurement: 'USD', device_class: 'monetary' }),
    sensor('state', 'State', {}),
    sensor('reason', 'Reason', {}),
    // The newest thing that the owner should know; an automation in Home Assistant can send it on.
    entity('sensor', 'notice', 'Notice', {}),
    entity('select', 'mode', 'Mode', { command_topic: topics.mode, options: modes }),
    entity('number', 'cap', 'Power cap', {
      command_topic: topics.cap,
      unit_of_measurement: 'W',
      device_class: 'power',
      min: 0,
      max: maximumW,
    }),
    entity('switch', 'pause', 'Pause', { command_topic: topics.pause }),
  ];
}

/** The state that all of them read; an unknown power is null, which Home Assistant shows as unknown. */
/** @param earnedTodayUsd before the market's fee */
export function stateMessage(
  { signals, today, state, reason, wishes, point, notices, atMs }: EnergySnapshot,
  earnedTodayUsd: number,
): string {
  const isPaused = wishes.pausedUntilMs !== undefined && wishes.pausedUntilMs > atMs;
  return JSON.stringify({
    power: signals.nodeW?.value ?? null,
    energy: today.nodeWh / 1_000,
    cost: today.energyCost,
    earned: earnedTodayUsd,
    state,
    reason: reason.code,
    notice: (notices[0]?.words ?? '').slice(0, MAX_STATE_CHARACTERS),
    mode: wishes.mode,
    cap: wishes.capW ?? point?.watts ?? null,
    pause: isPaused ? 'ON' : 'OFF',
  });
}
