import { writeDurably } from './durable-file.ts';

/** A small file that always holds the newest of what it was told, once the writes before it are through. */
export class NewestFile {
  readonly #path: string;
  readonly #onFailure: (error: unknown) => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
  }

  write(text: string): void {
    this.#writing = this.#writing.then(() => writeDurably(this.#path, text)).catch(this.#onFailure);
  }

  /** Resolves when everything that it was told by now is on the disk, or has failed. */
  settled(): Promise<void> {
    return this.#writing;
  }
}
