import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type EarningsEntry, earningsEntry } from './earnings-entry.ts';

const monthFile = /^\d{4}-\d{2}\.ndjson$/;

/**
 * One file of lines a month, kept for ever: what a home earned and from what. The journal stays the truth about money
 * that is owed; a line that a crash tore off here comes back from it, so nothing is synced.
 */
export class EarningsFile {
  readonly #dir: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** All entries, oldest month first; lines that cannot be read are left out. */
  async *read(): AsyncGenerator<EarningsEntry> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const months = (await readdir(this.#dir)).filter((name) => monthFile.test(name)).sort();
    for (const month of months) {
      const lines = createInterface({ input: createReadStream(join(this.#dir, month)), crlfDelay: Infinity });
      for await (const line of lines) {
        const entry = parseLine(line);
        if (entry) yield entry;
      }
    }
  }

  /** In order; a failure is told to `onFailure` and the entry stays in memory only. */
  append(entry: EarningsEntry, onFailure: (error: unknown) => void): void {
    const path = join(this.#dir, `${new Date(entry.atMs).toISOString().slice(0, 7)}.ndjson`);
    const line = `${JSON.stringify(z.encode(earningsEntry, entry))}\n`;
    this.#writing = this.#writing.then(() => appendFile(path, line, { mode: 0o600 })).catch(onFailure);
  }

  /** Resolves when everything appended so far is written. */
  written(): Promise<void> {
    return this.#writing;
  }
}

function parseLine(line: string): EarningsEntry | undefined {
  try {
    return z.decode(earningsEntry, JSON.parse(line));
  } catch {
    return undefined;
  }
}
