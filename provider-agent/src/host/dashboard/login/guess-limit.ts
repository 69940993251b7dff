import type { Clock } from '../../ports.ts';

const BURST = 5;
const REFILL_MS = 60_000;

/** Five guesses at once, then one a minute, whoever makes them: there is one owner, and addresses are cheap. */
export class GuessLimit {
  readonly #clock: Clock;
  #left = BURST;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.nowMs();
  }

  /** Takes one guess. @returns how long to wait instead, where none is left */
  take(): number {
    const nowMs = this.#clock.nowMs();
    const refilled = Math.floor((nowMs - this.#filledAtMs) / REFILL_MS);
    this.#left = Math.min(BURST, this.#left + refilled);
    this.#filledAtMs = this.#left === BURST ? nowMs : this.#filledAtMs + refilled * REFILL_MS;
    if (this.#left === 0) return this.#filledAtMs + REFILL_MS - nowMs;
    this.#left -= 1;
    return 0;
  }

  /** The owner came in. */
  reset(): void {
    this.#left = BURST;
  }
}
