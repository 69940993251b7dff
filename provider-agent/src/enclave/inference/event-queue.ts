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

  /**
   * All items that have arrived since the last call, at least one; undefined at the end. The consumer's turn comes once
   * the source has asked for more: what it does with these items costs the source no time.
   */
  async next(): Promise<Item[] | undefined> {
    while (this.#items.length === 0 && !this.#finished) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    await sourcesTurn();
    if (this.#items.length > 0) return this.#items.splice(0);
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }
}

/** llama.cpp's next batch is sent off by an immediate callback at the latest; one that this one begins comes behind it. */
const sourcesTurn = () =>
  new Promise<void>((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
