import type { Mapping, RawSample } from '../site/normalise.ts';
import type { SampleSink } from '../sources/energy-source.ts';

/** A sink that keeps everything, and says when something has come. */
export class RecordingSink implements SampleSink {
  readonly samples: { readonly signal: string; readonly mapping: Mapping; readonly raw: RawSample }[] = [];
  readonly losses: string[] = [];
  readonly statuses: string[] = [];
  #waiting: { readonly isThere: () => boolean; readonly resolve: () => void }[] = [];

  sample(mapping: Mapping, raw: RawSample): void {
    this.samples.push({ signal: mapping.signal, mapping, raw });
    this.#changed();
  }

  lost(reason: string): void {
    this.losses.push(reason);
    this.#changed();
  }

  status(text: string): void {
    this.statuses.push(text);
    this.#changed();
  }

  /** Newest value of each signal, as the source said it. */
  get values(): Record<string, unknown> {
    return Object.fromEntries(this.samples.map(({ signal, raw }) => [signal, raw.value]));
  }

  /** Resolves as soon as `isThere` holds; the test's own time limit ends a wait for what never comes. */
  until(isThere: (sink: RecordingSink) => boolean): Promise<void> {
    if (isThere(this)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isThere: () => isThere(this), resolve }));
  }

  #changed(): void {
    const [done, rest] = [
      this.#waiting.filter(({ isThere }) => isThere()),
      this.#waiting.filter(({ isThere }) => !isThere()),
    ];
    this.#waiting = rest;
    for (const { resolve } of done) resolve();
  }
}
