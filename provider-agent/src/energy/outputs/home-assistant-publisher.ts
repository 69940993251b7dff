import { connect } from 'mqtt';
import { messageOf } from '../../agent-error.ts';
import type { Clock } from '../../host/ports.ts';
import { type Mode, modes } from '../policy/policy-types.ts';
import type { Wishes } from '../service/wishes-file.ts';
import type { EnergySnapshot } from '../snapshot.ts';
import { discoveryConfigs, stateMessage, topicsOf } from './discovery.ts';

export type PublisherOptions = {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly nodeId: string;
  readonly maximumW: number;
  readonly currency: string;
};

/** What it shows, and whom it asks. */
export interface PublishedNode {
  snapshot(): EnergySnapshot;
  onChange(listener: (snapshot: EnergySnapshot) => void): () => void;
  wish(change: Partial<Wishes>): Promise<void>;
}

/** A switch has no end; this far ahead it is a pause until somebody ends it. */
const PAUSE_MS = 365 * 86_400_000;

/** The node as a device in Home Assistant: sensors, and a mode, a cap and a pause that can be set there. */
export class HomeAssistantPublisher {
  readonly #options: PublisherOptions;
  readonly #clock: Clock;
  readonly #earnedTodayUsd: () => number;

  constructor(options: PublisherOptions, clock: Clock, earnedTodayUsd: () => number) {
    this.#options = options;
    this.#clock = clock;
    this.#earnedTodayUsd = earnedTodayUsd;
  }

  /** Until `signal` fires. When this process dies the broker says "offline" in its place. */
  async run(node: PublishedNode, status: (text: string) => void, signal: AbortSignal): Promise<void> {
    const { url, username, password, nodeId, maximumW, currency } = this.#options;
    const topics = topicsOf(nodeId);
    const retained = { retain: true, qos: 1 } as const;
    const client = connect(url, {
      keepalive: 10,
      reconnectPeriod: 2_000,
      will: { topic: topics.status, payload: Buffer.from('offline'), ...retained },
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    client.on('error', (error) => status(error.message));
    client.on('connect', () => {
      for (const { topic, payload } of discoveryConfigs(nodeId, maximumW, currency))
        client.publish(topic, payload, retained);
      client.subscribe([topics.mode, topics.pause, topics.cap]);
      client.publish(topics.state, stateMessage(node.snapshot(), this.#earnedTodayUsd()));
      client.publish(topics.status, 'online', retained);
    });
    client.on('message', (topic, bytes, { retain }) => {
      if (retain) return; // a command that somebody has left behind is no wish of this moment
      const change = this.#wishOf(topic, bytes.toString());
      if (!change) return status(`Home Assistant: ${topic}: not understood`);
      node.wish(change).catch((error: unknown) => status(messageOf(error)));
    });
    const stopListening = node.onChange((snapshot) => {
      if (client.connected) client.publish(topics.state, stateMessage(snapshot, this.#earnedTodayUsd()));
    });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    stopListening();
    if (client.connected) await client.publishAsync(topics.status, 'offline', retained).catch(() => {});
    await client.endAsync(true);
  }

  #wishOf(topic: string, text: string): Partial<Wishes> | undefined {
    const topics = topicsOf(this.#options.nodeId);
    if (topic === topics.mode)
      return modes.some((mode) => mode === text) ? { mode: text as Mode } : undefined;
    if (topic === topics.pause) {
      if (text !== 'ON' && text !== 'OFF') return undefined;
      return { pausedUntilMs: text === 'ON' ? this.#clock.nowMs() + PAUSE_MS : undefined };
    }
    const watts = Number(text);
    return text !== '' && Number.isFinite(watts) && watts >= 0 ? { capW: watts } : undefined;
  }
}
