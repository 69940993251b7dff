import type { KeyObject } from 'node:crypto';
import { messageOf } from '../../agent-error.ts';
import { delay } from '../../host/ports.ts';
import { verifyOcmf } from '../evidence/ocmf.ts';
import type { SourcePorts } from './polled-source.ts';

export interface SignedReadingSink {
  /** Verified, byte for byte as the meter gave it. */
  reading(text: string): void;
  status(text: string): void;
}

export type SignedMeterOptions = {
  /** Answers with one OCMF reading, `OCMF|{…}|{…}`. */
  readonly url: string;
  readonly key: KeyObject;
  readonly everyMs: number;
};

const TIMEOUT_MS = 5_000;
const MAX_CHARACTERS = 64 * 1024;

/**
 * A meter that signs its readings, asked every so often. Only what its key has signed is passed on, each page once and none
 * left out; what does not verify is told, and goes nowhere.
 */
export class SignedMeter {
  readonly #options: SignedMeterOptions;
  readonly #ports: SourcePorts;
  #page: number | undefined;
  #told = '';

  constructor(options: SignedMeterOptions, ports: SourcePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  async run(sink: SignedReadingSink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.read(sink, signal);
      await delay(this.#ports.timers, this.#options.everyMs, signal);
    }
  }

  async read(sink: SignedReadingSink, signal: AbortSignal): Promise<void> {
    const timeout = new AbortController();
    const cancel = this.#ports.timers.after(TIMEOUT_MS, () => timeout.abort(new Error('no answer')));
    try {
      this.#take(await this.#fetch(AbortSignal.any([signal, timeout.signal])), sink);
    } catch (error) {
      if (!signal.aborted) this.#tell(messageOf(error), sink);
    } finally {
      cancel();
    }
  }

  async #fetch(signal: AbortSignal): Promise<string> {
    const response = await fetch(this.#options.url, { signal });
    if (!response.ok) throw new Error(`signed meter at ${this.#options.url}: HTTP ${response.status}`);
    const text = (await response.text()).trim();
    if (text.length > MAX_CHARACTERS)
      throw new Error(`signed meter: ${text.length} characters are no reading`);
    return text;
  }

  #take(text: string, sink: SignedReadingSink): void {
    const verdict = verifyOcmf(text, this.#options.key);
    if (!verdict.isValid) return this.#tell(`signed meter: not taken: ${verdict.reason}`, sink);
    const { page } = verdict.signed;
    const before = this.#page;
    if (page === before) return; // nothing new
    this.#page = page;
    if (before !== undefined && page !== before + 1)
      return this.#tell(`signed meter: not taken: page ${page} does not follow ${before}`, sink);
    this.#told = '';
    sink.reading(text);
  }

  #tell(text: string, sink: SignedReadingSink): void {
    if (text !== this.#told) sink.status(text);
    this.#told = text;
  }
}
