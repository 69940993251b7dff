import { overlap } from './overlap.ts';

/**
 * Finds the first of some strings in a text that arrives in pieces. What may be the beginning of one is held back until
 * it is decided.
 */
export class StopMatcher {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /** @returns the text that is certain not to belong to a stop string; nothing comes after `isStopped` */
  push(piece: string): { text: string; isStopped: boolean } {
    if (this.#stops.length === 0) return { text: piece, isStopped: false };
    const known = this.#held + piece;
    const found = this.#stops.map((stop) => known.indexOf(stop)).filter((index) => index >= 0);
    if (found.length > 0) {
      this.#held = '';
      return { text: known.slice(0, Math.min(...found)), isStopped: true };
    }
    const heldLength = Math.max(...this.#stops.map((stop) => overlap(known, stop)));
    this.#held = known.slice(known.length - heldLength);
    return { text: known.slice(0, known.length - heldLength), isStopped: false };
  }

  /** What was held back and is no stop string after all: the text has ended. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }
}
