import { createHash } from 'node:crypto';

const FIELDS = 4096;

/** Running SHA-256 over everything that happened, in order: equal seeds must give equal traces. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #pending = new Float64Array(FIELDS);
  #filled = 0;

  /** What happened, as numbers: kind, time, who, how much. */
  note(...fields: readonly number[]): void {
    if (this.#filled + fields.length > FIELDS) this.#flush();
    this.#pending.set(fields, this.#filled);
    this.#filled += fields.length;
  }

  /** The hash so far, as hex. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    this.#hash.update(new Uint8Array(this.#pending.buffer, 0, this.#filled * 8));
    this.#filled = 0;
  }
}
