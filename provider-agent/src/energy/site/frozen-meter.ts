/** As many cycles with one value to the last digit, while the node's own draw moved by this much, are no measurement. */
const FROZEN_CYCLES = 6;
const NODE_MOVED_W = 8;

/** Finds a meter that repeats itself: what carries the node must move when the node moves. */
export class FrozenMeter {
  #valueW: number | undefined;
  #cycles = 0;
  #leastNodeW = Number.POSITIVE_INFINITY;
  #mostNodeW = Number.NEGATIVE_INFINITY;

  /** Once per cycle. @returns whether the meter stands still */
  observe(valueW: number | undefined, nodeW: number | undefined): boolean {
    if (valueW === undefined || valueW !== this.#valueW) {
      this.#valueW = valueW;
      this.#cycles = 1;
      this.#leastNodeW = nodeW ?? Number.POSITIVE_INFINITY;
      this.#mostNodeW = nodeW ?? Number.NEGATIVE_INFINITY;
      return false;
    }
    this.#cycles += 1;
    if (nodeW !== undefined) {
      this.#leastNodeW = Math.min(this.#leastNodeW, nodeW);
      this.#mostNodeW = Math.max(this.#mostNodeW, nodeW);
    }
    return this.#cycles >= FROZEN_CYCLES && this.#mostNodeW - this.#leastNodeW > NODE_MOVED_W;
  }
}
