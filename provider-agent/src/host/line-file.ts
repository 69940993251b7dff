import { appendFile, rename, stat } from 'node:fs/promises';

/** Two files of this size are kept: weeks of asks and counters, and never more. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * What the market has signed towards us, as JSON, one message per line, to be shown to others later. Not synced: the last line
 * lost in a power cut costs no more than that line.
 */
export class LineFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #bytes: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, maxBytes: number, bytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#bytes = bytes;
  }

  static async open(path: string, maxBytes = MAX_FILE_BYTES): Promise<LineFile> {
    const size = await stat(path).then(
      (found) => found.size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return 0;
        throw error;
      },
    );
    return new LineFile(path, maxBytes, size);
  }

  keep(message: object): Promise<void> {
    const line = `${JSON.stringify(message)}\n`;
    const written = this.#writing.then(async () => {
      if (this.#bytes > 0 && this.#bytes + line.length > this.#maxBytes) {
        await rename(this.#path, olderLines(this.#path));
        this.#bytes = 0;
      }
      await appendFile(this.#path, line, { mode: 0o600 });
      this.#bytes += line.length;
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/** Where the lines before those of `path` are. */
export const olderLines = (path: string): string => `${path}.1`;
