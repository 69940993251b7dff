import { connect } from 'mqtt';
import type { Clock } from '../../../host/ports.ts';
import type { EnergySource, SampleSink, TopicDecoder } from '../energy-source.ts';

export type MqttOptions = {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM, for a panel that signs its own certificate. */
  readonly certificateAuthority?: string | undefined;
  readonly reconnectMs: number;
};

/** Longer payloads are nothing that a meter says. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

/**
 * One broker, many dialects. MQTT 3.1.1, which every broker speaks: there a stored copy is marked as retained and a live
 * message never is. Publishes nothing: a source must not be able to switch anything.
 */
export class MqttSource implements EnergySource {
  readonly #options: MqttOptions;
  readonly #decoders: readonly TopicDecoder[];
  readonly #clock: Clock;

  constructor(options: MqttOptions, decoders: readonly TopicDecoder[], clock: Clock) {
    this.#options = options;
    this.#decoders = decoders;
    this.#clock = clock;
  }

  async run(sink: SampleSink, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { url, username, password, certificateAuthority, reconnectMs } = this.#options;
    const client = connect(url, {
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: reconnectMs,
      connectTimeout: 10_000,
      keepalive: 10,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    });
    client.on('connect', () => {
      sink.status('connected');
      client.subscribe(this.#decoders.flatMap(({ topics }) => [...topics]));
    });
    client.on('message', (topic, bytes, { retain }) => {
      if (bytes.length > MAX_PAYLOAD_BYTES) return sink.status(`${topic}: ${bytes.length} bytes, left out`);
      const message = {
        topic,
        payload: bytes.toString('utf8'),
        isRetained: retain,
        atMs: this.#clock.nowMs(),
      };
      for (const decoder of this.#decoders)
        if (decoder.topics.some((filter) => topicMatches(filter, topic))) decoder.message(message, sink);
    });
    client.on('close', () => sink.lost('no connection to the broker'));
    client.on('error', (error) => sink.status(error.message));
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await client.endAsync(true);
  }
}

export function topicMatches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (levels[index] === undefined || (level !== '+' && level !== levels[index])) return false;
  }
  return levels.length === wanted.length;
}
