import { overlap } from './overlap.ts';

/**
 * Finds the first of some strings in a text that arrives in pieces: the one that is complete first, and of several that are
 * so at once the longest, so that it does not matter how the text is cut. What may be the beginning of one is held back
 * until it is decided.
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
    const [first] = this.#stops
      .map((stop) => ({ start: known.indexOf(stop), length: stop.length }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
    if (first) {
      this.#held = '';
      return { text: known.slice(0, first.start), isStopped: true };
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
