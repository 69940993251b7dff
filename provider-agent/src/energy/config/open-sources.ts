import type { Random } from '../../host/ports.ts';
import { meterKey } from '../evidence/ocmf.ts';
import type { EnergySource, TopicDecoder } from '../sources/energy-source.ts';
import { HomeAssistantSource } from '../sources/home-assistant.ts';
import { EbusDecoder } from '../sources/mqtt/ebus.ts';
import { EvccDecoder } from '../sources/mqtt/evcc.ts';
import { MqttSource } from '../sources/mqtt/mqtt-source.ts';
import { ShellyDecoder } from '../sources/mqtt/shelly.ts';
import { StatestreamDecoder } from '../sources/mqtt/statestream.ts';
import { NvidiaMeter, nvidiaSmi } from '../sources/nvidia-smi.ts';
import { Ven } from '../sources/openadr/ven.ts';
import { VenClient } from '../sources/openadr/ven-client.ts';
import { type Meter, polledSource, type SourcePorts } from '../sources/polled-source.ts';
import { RaplMeter } from '../sources/rapl.ts';
import { ShellyPlug } from '../sources/shelly-plug.ts';
import { SignedMeter } from '../sources/signed-meter.ts';
import { SummedMeter } from '../sources/summed-meter.ts';
import { SunSpecMeter } from '../sources/sunspec/sunspec-meter.ts';
import type { SourceConfig } from './source-config.ts';

export type SecretOf = (name: string) => string;
export type OpenedSources = {
  readonly meters: readonly { readonly name: string; readonly source: EnergySource }[];
  readonly vens: readonly Ven[];
  readonly signedMeters: readonly SignedMeter[];
};

const RECONNECT_MS = 2_000;

/** The sources of a home, not yet running. @param readFile certificates only */
export function openSources(
  configs: readonly SourceConfig[],
  secretOf: SecretOf,
  ports: SourcePorts & { readonly random: Random },
  readFile: (path: string) => string,
): OpenedSources {
  const polled = (meter: Meter, everyMs: number) => polledSource(meter, everyMs, ports);
  const open = (config: SourceConfig): EnergySource | Ven | SignedMeter => {
    switch (config.type) {
      case 'mqtt':
        return new MqttSource(
          {
            url: config.url,
            username: config.username,
            password: config.passwordSecret === undefined ? undefined : secretOf(config.passwordSecret),
            certificateAuthority: config.certificateFile && readFile(config.certificateFile),
            reconnectMs: RECONNECT_MS,
          },
          decodersOf(config),
          ports.clock,
        );
      case 'home-assistant': {
        const { url, entities: mappings } = config;
        const token = secretOf(config.tokenSecret);
        return new HomeAssistantSource({ url, token, mappings, reconnectMs: RECONNECT_MS }, ports);
      }
      case 'sunspec': {
        const { host, port, unit, everyMs, type: _, ...mappings } = config;
        return polled(new SunSpecMeter({ host, port, unit, mappings: withoutUndefined(mappings) }), everyMs);
      }
      case 'shelly-plug':
        return polled(
          new ShellyPlug(config.host, { signal: 'nodeW', unit: 'W', isInverted: false }),
          config.everyMs,
        );
      case 'rapl':
      case 'nvidia':
        return polled(partMeter(config, ports), config.everyMs);
      case 'signed-meter': {
        const { url, everyMs } = config;
        return new SignedMeter({ url, everyMs, key: meterKey(config.publicKeyHex) }, ports);
      }
      case 'openadr': {
        const { url, clientId, programName, pollMs, subscriptionWatts: subscriptionW } = config;
        const client = new VenClient({
          url,
          clientId,
          clientSecret: secretOf(config.clientSecret),
          programName,
        });
        return new Ven(client, { pollMs, subscriptionW, clientName: clientId }, ports);
      }
    }
  };
  const named = configs.map((config, index) => ({ name: `${config.type} ${index + 1}`, config }));
  const parts = named.filter(({ config }) => isPart(config));
  const opened = named
    .filter((each) => parts.length < 2 || !parts.includes(each))
    .map(({ name, config }) => ({ name, source: open(config) }));
  return {
    meters: [
      ...opened.flatMap(({ name, source }) =>
        source instanceof Ven || source instanceof SignedMeter ? [] : [{ name, source }],
      ),
      ...(parts.length < 2 ? [] : [summed(parts, ports)]),
    ],
    vens: opened.flatMap(({ source }) => (source instanceof Ven ? [source] : [])),
    signedMeters: opened.flatMap(({ source }) => (source instanceof SignedMeter ? [source] : [])),
  };
}

type PartConfig = Extract<SourceConfig, { type: 'rapl' | 'nvidia' }>;
const isPart = (config: SourceConfig): config is PartConfig =>
  config.type === 'rapl' || config.type === 'nvidia';

function partMeter(config: PartConfig, { clock }: SourcePorts): Meter {
  return config.type === 'rapl'
    ? new RaplMeter(clock, config.restWatts)
    : new NvidiaMeter(nvidiaSmi, config.restWatts);
}

/** Processor and cards together are the node, as far as its parts say. */
function summed(
  parts: readonly { readonly name: string; readonly config: SourceConfig }[],
  ports: SourcePorts,
) {
  const configs = parts.map(({ config }) => config).filter(isPart);
  const meter = new SummedMeter(configs.map((config) => partMeter(config, ports)));
  const everyMs = Math.max(...configs.map((config) => config.everyMs));
  return { name: parts.map(({ name }) => name).join(' + '), source: polledSource(meter, everyMs, ports) };
}

function decodersOf(config: Extract<SourceConfig, { type: 'mqtt' }>): TopicDecoder[] {
  const { statestream, evcc, shelly, ebus } = config;
  return [
    ...(statestream ? [new StatestreamDecoder(statestream)] : []),
    ...(evcc ? [new EvccDecoder(evcc.prefix, evcc.leave)] : []),
    ...(shelly ? [new ShellyDecoder(shelly)] : []),
    ...(ebus ? [new EbusDecoder(ebus)] : []),
  ];
}

function withoutUndefined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
