import { parseJson } from '@hearth/sdk/protocol';
import { z } from 'zod';
import type { Mapping } from '../../site/normalise.ts';
import type { SampleSink, TopicDecoder, TopicMessage } from '../energy-source.ts';

export type ShellyMapping = {
  /** Topic prefix of the device. */
  readonly prefix: string;
  /** e.g. `em:0`, `em1:0`, `switch:0`, `pm1:0` */
  readonly component: string;
  /** e.g. `total_act_power`, `act_power`, `apower` */
  readonly field: string;
  readonly mapping: Mapping;
};

const component = z.record(z.string(), z.unknown());
const frame = z.looseObject({
  method: z.string(),
  params: z.looseObject({ ts: z.number().optional() }),
});

/**
 * Shelly Gen2 and later: `<prefix>/events/rpc` carries `NotifyStatus` frames with only what has changed, and
 * `<prefix>/online` is the will. A frame is laid over what is known; a key that was removed arrives as null.
 */
export class ShellyDecoder implements TopicDecoder {
  readonly topics: readonly string[];
  readonly #mappings: readonly ShellyMapping[];
  readonly #known = new Map<string, Record<string, unknown>>();

  constructor(mappings: readonly ShellyMapping[]) {
    this.#mappings = mappings;
    const prefixes = [...new Set(mappings.map(({ prefix }) => prefix))];
    this.topics = prefixes.flatMap((prefix) => [`${prefix}/online`, `${prefix}/events/rpc`]);
  }

  message({ topic, payload, isRetained }: TopicMessage, sink: SampleSink): void {
    const prefix = this.#mappings.find((known) => topic.startsWith(`${known.prefix}/`))?.prefix;
    if (prefix === undefined) return;
    if (topic === `${prefix}/online`) {
      if (payload === 'false') this.#forget(prefix, sink);
      return;
    }
    const parsed = frame.safeParse(parseJson(payload));
    if (!parsed.success) return sink.status(`${topic}: not a status frame`);
    const { method, params } = parsed.data;
    if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return;
    const measuredAtMs = params.ts === undefined ? undefined : params.ts * 1_000;
    for (const { component: name, field, mapping } of this.#mappings.filter((m) => m.prefix === prefix)) {
      const change = component.safeParse(params[name]);
      if (!change.success) continue;
      const key = `${prefix}/${name}`;
      const before = method === 'NotifyFullStatus' ? {} : this.#known.get(key);
      const status = { ...before, ...change.data };
      this.#known.set(key, status);
      if (field in status) sink.sample(mapping, { value: status[field], measuredAtMs, isRetained });
    }
  }

  #forget(prefix: string, sink: SampleSink): void {
    for (const key of this.#known.keys()) if (key.startsWith(`${prefix}/`)) this.#known.delete(key);
    sink.lost(`${prefix} is offline`);
  }
}
