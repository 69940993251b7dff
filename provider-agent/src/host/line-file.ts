import { appendFile, rename, stat } from 'node:fs/promises';
import type { Hex } from '@hearth/attestation/receipt';

type LogPromise = { readonly body: { readonly messageId: Hex }; readonly signature: Hex };

/** Two files of this size are kept: weeks of asks and counters, and never more. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * What the log promised to include, one signed promise per line: shown to `hearth audit log --promises`, it convicts a log
 * that left something out. Not synced: the last line lost in a power cut costs no more than that line.
 */
export class PromiseFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #bytes: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, maxBytes: number, bytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#bytes = bytes;
  }

  static async open(path: string, maxBytes = MAX_FILE_BYTES): Promise<PromiseFile> {
    const size = await stat(path).then(
      (found) => found.size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return 0;
        throw error;
      },
    );
    return new PromiseFile(path, maxBytes, size);
  }

  /** Where older promises are. */
  get olderPath(): string {
    return `${this.#path}.1`;
  }

  keep(promise: LogPromise): Promise<void> {
    const line = `${JSON.stringify(promise)}\n`;
    const written = this.#writing.then(async () => {
      if (this.#bytes > 0 && this.#bytes + line.length > this.#maxBytes) {
        await rename(this.#path, this.olderPath);
        this.#bytes = 0;
      }
      await appendFile(this.#path, line, { mode: 0o600 });
      this.#bytes += line.length;
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
