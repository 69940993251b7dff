/**
 * A callback source as an async stream of one consumer. Items that queue up while the consumer is busy are handed
 * over together, so that a fast model costs one sealed frame per batch of tokens and not one per token. The queue is
 * bounded by its source: a generation never pushes more than its context holds.
 */
export class EventQueue<Item> {
  #items: Item[] = [];
  #finished = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  push(item: Item): void {
    this.#items.push(item);
    this.#wake?.();
  }

  finish(): void {
    this.#finished = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.finish();
  }

  /** All items that have arrived since the last call, at least one; undefined at the end. */
  async next(): Promise<Item[] | undefined> {
    while (this.#items.length === 0 && !this.#finished) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#items.length > 0) return this.#items.splice(0);
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }
}
