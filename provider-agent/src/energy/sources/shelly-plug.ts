import { z } from 'zod';
import type { Mapping } from '../site/normalise.ts';
import type { SampleSink } from './energy-source.ts';
import type { Meter } from './polled-source.ts';

const status = z.looseObject({
  apower: z.number().nullable().optional(),
  aenergy: z.looseObject({ total: z.number() }).optional(),
});

/**
 * A Shelly plug, Gen2 or later, on the node's own outlet: the one meter that sees all that the node takes.
 * `GET /rpc/Switch.GetStatus?id=0` → `{"apower":501.8,"aenergy":{"total":1234.5}}` (W, Wh). It is read only: the plug could
 * switch the node off, and nothing here can.
 */
export class ShellyPlug implements Meter {
  readonly #url: string;
  readonly #mapping: Mapping;

  constructor(host: string, mapping: Mapping) {
    this.#url = `http://${host}/rpc/Switch.GetStatus?id=0`;
    this.#mapping = mapping;
  }

  async read(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const response = await fetch(this.#url, { signal });
    if (!response.ok) throw new Error(`Shelly plug at ${this.#url}: HTTP ${response.status}`);
    const { apower } = status.parse(await response.json());
    sink.sample(this.#mapping, { value: apower ?? null });
  }
}
