/** A stream that is read to its end whoever listens, and that each of its readers gets from its beginning. */
export class SharedStream implements AsyncIterable<string> {
  /** Resolves when the source has ended: with what it failed with, if it did. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  characters = 0;
  readonly #pieces: string[] = [];
  #isOver = false;
  #failure: Error | undefined;
  #more = Promise.withResolvers<void>();

  constructor(source: AsyncIterable<string>) {
    this.ended = this.#read(source);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (let index = 0; ; index += 1) {
      while (index === this.#pieces.length && !this.#isOver) await this.#more.promise;
      const piece = this.#pieces[index];
      if (piece !== undefined) yield piece;
      else if (this.#failure === undefined) return;
      else throw this.#failure;
    }
  }

  async #read(source: AsyncIterable<string>): Promise<Error | undefined> {
    try {
      for await (const piece of source) {
        this.#pieces.push(piece);
        this.characters += piece.length;
        this.#wake();
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#isOver = true;
    this.#wake();
    return this.#failure;
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}
