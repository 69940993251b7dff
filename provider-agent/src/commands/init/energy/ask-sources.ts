import { type SourceConfig, sourceConfig } from '../../../energy/config/source-config.ts';
import type { Signal } from '../../../energy/site/signals.ts';
import type { Secrets } from './energy-plan.ts';
import { type Entity, listEntities } from './list-entities.ts';
import { type AskText, askFor, oneOf } from './person.ts';

export type Found = { readonly brokers: readonly string[]; readonly homeAssistant: readonly string[] };
export type Sources = { readonly sources: readonly SourceConfig[]; readonly secrets: Secrets };

/** What a home measures, as people call it. */
const roles: readonly (readonly [Signal, string])[] = [
  ['gridW', 'power from and to the grid'],
  ['pvW', 'power of the panels'],
  ['batteryW', 'power from and to the battery'],
  ['socPercent', 'charge of the battery'],
  ['loadW', 'consumption of the whole home'],
  ['nodeW', 'consumption of this machine'],
];

/** Which meters there are to listen to; undefined: none. */
export async function askSources(
  ask: AskText,
  found: Found,
  say: (line: string) => void,
): Promise<Sources | undefined> {
  const suggestion = found.homeAssistant[0] ? 'home-assistant' : found.brokers[0] ? 'evcc' : 'none';
  const kind = await askFor(
    ask,
    'Where can this home’s meters be heard? home-assistant, evcc (over MQTT), shelly-plug (on this machine’s outlet), or none',
    suggestion,
    oneOf('home-assistant', 'evcc', 'shelly-plug', 'none'),
  );
  switch (kind) {
    case 'none':
      return undefined;
    case 'evcc': {
      const url = `mqtt://${found.brokers[0] ?? '127.0.0.1:1883'}`;
      const make = (text: string) => read({ type: 'mqtt', url: text, evcc: {} });
      return {
        sources: [await askFor(ask, 'Where is the MQTT broker that evcc speaks to?', url, make)],
        secrets: {},
      };
    }
    case 'shelly-plug': {
      const make = (text: string) => read({ type: 'shelly-plug', host: text });
      return { sources: [await askFor(ask, 'Which address has the plug?', undefined, make)], secrets: {} };
    }
    case 'home-assistant':
      return askHomeAssistant(ask, found.homeAssistant[0] ?? 'homeassistant.local:8123', say);
  }
}

async function askHomeAssistant(ask: AskText, host: string, say: (line: string) => void): Promise<Sources> {
  const url = await askFor(
    ask,
    'Where is Home Assistant’s WebSocket?',
    `ws://${host}/api/websocket`,
    (text) =>
      /^wss?:\/\//.test(text) && URL.canParse(text) ? text : new Error('expected ws://… or wss://…'),
  );
  const token = await askFor(
    ask,
    'A long-lived access token (Profile, Security). It goes into secrets.yaml, mode 0600, and nowhere else.',
    undefined,
    (text) => (text === '' ? new Error('Home Assistant tells nothing without one') : text),
  );
  const entities = await listEntities(url, token);
  for (const [index, entity] of entities.entries()) say(lineOf(index, entity));
  const chosen: Record<string, { signal: Signal }> = {};
  for (const [signal, words] of roles) {
    const number = await askFor(ask, `Which one is the ${words}? Its number; Enter: none`, '', (text) =>
      text === ''
        ? 0
        : Number.isInteger(Number(text)) && entities[Number(text) - 1]
          ? Number(text)
          : new Error('expected a number of the list'),
    );
    const entity = entities[number - 1];
    if (entity) chosen[entity.id] = { signal };
  }
  const source = read({ type: 'home-assistant', url, tokenSecret: 'home_assistant', entities: chosen });
  if (source instanceof Error) throw source;
  return { sources: [source], secrets: { home_assistant: token } };
}

const lineOf = (index: number, { id, name, value, unit }: Entity): string =>
  `${String(index + 1).padStart(4)}  ${`${value} ${unit}`.padStart(12)}  ${name} (${id})`;

function read(config: unknown): SourceConfig | Error {
  const parsed = sourceConfig.safeParse(config);
  return parsed.success ? parsed.data : new Error(parsed.error.issues[0]?.message ?? 'that is no address');
}
