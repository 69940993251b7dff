// A new source in five steps:
// 1. Copy this file to `<name>.ts`; one source per file, its wire format and its traps in the comment on the class.
// 2. Ask the device, parse the answer with a schema, and hand raw values to `sink.sample` with the unit and the time that the
//    DEVICE states. No scaling, no sign, no plausibility: the mapping of the home and the board do that.
// 3. A device that says "I do not know" is a sample with value null; a device that says it is gone is `sink.lost`; one that
//    does not answer throws, and its last value grows old.
// 4. Give it a section in `config/source-config.ts` and a line in `open-sources.ts`.
// 5. Test it against a small server that speaks the protocol, and put it into `fault-matrix.test.ts`.
import { z } from 'zod';
import type { Mapping } from '../site/normalise.ts';
import type { SampleSink } from './energy-source.ts';
import type { Meter } from './polled-source.ts';

const answer = z.looseObject({
  power: z.unknown(),
  unit: z.string().optional(),
  atMs: z.number().optional(),
});

/** A device with one address that answers `{"power": 12.5, "unit": "W", "atMs": 1763719200000}`. */
export class BlueprintMeter implements Meter {
  readonly #url: string;
  readonly #mapping: Mapping;

  constructor(url: string, mapping: Mapping) {
    this.#url = url;
    this.#mapping = mapping;
  }

  async read(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const response = await fetch(this.#url, { signal });
    if (!response.ok) throw new Error(`${this.#url}: HTTP ${response.status}`);
    const { power, unit, atMs } = answer.parse(await response.json());
    sink.sample(this.#mapping, { value: power, unit, measuredAtMs: atMs });
  }
}
