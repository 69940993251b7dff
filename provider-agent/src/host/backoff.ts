import type { Random } from './ports.ts';

export type BackoffLimits = { readonly firstMs: number; readonly maxMs: number };

/** Exponential delays with full jitter, so that a thousand homes do not come back in the same second. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: Random;
  #failures = 0;

  constructor(limits: BackoffLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Delay before the next attempt: between a quarter of the current ceiling and the ceiling. */
  nextMs(): number {
    const ceiling = Math.min(this.#limits.maxMs, this.#limits.firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.round(ceiling * (0.25 + 0.75 * this.#random.fraction()));
  }

  /** To be called when an attempt has proved itself, not merely begun. */
  reset(): void {
    this.#failures = 0;
  }
}
