import type { SampleSink } from './energy-source.ts';
import type { Meter } from './polled-source.ts';

/** Meters that each see a part of the node, as one: its draw is their sum, or unknown while one of them says nothing. */
export class SummedMeter implements Meter {
  readonly #parts: readonly Meter[];

  constructor(parts: readonly Meter[]) {
    this.#parts = parts;
  }

  async read(sink: SampleSink, signal: AbortSignal): Promise<void> {
    const watts: unknown[] = [];
    const collecting: SampleSink = {
      ...{ lost: (reason) => sink.lost(reason), status: (text) => sink.status(text) },
      sample: (mapping, raw) => {
        if (mapping.signal === 'nodeW') watts.push(raw.value);
        else sink.sample(mapping, raw);
      },
    };
    for (const part of this.#parts) await part.read(collecting, signal);
    if (watts.length < this.#parts.length) return; // a counter's first reading is no power yet
    const known = watts.filter((each) => typeof each === 'number');
    const sum = known.reduce((total, each) => total + each, 0);
    sink.sample(
      { signal: 'nodeW', unit: 'W', isInverted: false },
      { value: known.length === watts.length ? sum : null, isPartial: true },
    );
  }
}
