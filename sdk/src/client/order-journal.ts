import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { z } from 'zod';
import { HearthError, parseJson } from '../protocol/index.ts';
import { type PairChanges, pairChanges } from './order-record.ts';

type Waiting = { resolve(): void; reject(error: Error): void };

/**
 * What of an order's pairs has changed since its file was written, a line for each change: to append one and have it durable
 * takes a tenth of the time of writing the file anew. Lines say what has become of a member: read twice, they mean the same.
 */
export class OrderJournal {
  readonly #path: string;
  readonly #fd: number;
  #bytes = 0;
  #waiting: Waiting[] = [];
  #isSyncing = false;
  #isClosed = false;
  /** What the disk holds is unknown from then on. */
  #failure: Error | undefined;

  /** To be cleared before anything is appended, once what it holds is in the order's file. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'a', 0o600);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns once the line outlives this process. One that could not be written whole is taken back. */
  append(changed: PairChanges): void {
    const line = Buffer.from(`${JSON.stringify(z.encode(pairChanges, changed))}\n`);
    try {
      writeFileSync(this.#fd, line);
      this.#bytes += line.length;
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes);
      throw error;
    }
  }

  /** Resolves once every line so far outlives the machine, too. Whoever asks while the disk is at it shares its next turn. */
  durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isSyncing) this.#sync();
    });
  }

  clear(): void {
    ftruncateSync(this.#fd);
    fsyncSync(this.#fd);
    this.#bytes = 0;
  }

  /** To be called once what it holds is in the order's file. */
  close(): void {
    this.#isClosed = true;
    rmSync(this.#path, { force: true });
    if (!this.#isSyncing) closeSync(this.#fd);
  }

  #sync(): void {
    const waiting = this.#waiting.splice(0);
    if (this.#isClosed || this.#failure || waiting.length === 0) return this.#tell(waiting);
    this.#isSyncing = true;
    fdatasync(this.#fd, (error) => {
      this.#isSyncing = false;
      this.#failure ??= error ?? undefined;
      this.#tell(waiting);
      if (this.#isClosed) closeSync(this.#fd);
      this.#sync();
    });
  }

  #tell(waiting: readonly Waiting[]): void {
    for (const { resolve, reject } of waiting) {
      if (this.#failure) reject(this.#failure);
      else resolve();
    }
  }
}

/**
 * What the journal says, if there is one. A last line that a crash cut short was never answered by `append`: nobody has
 * acted on it.
 * @throws HearthError `invalid_request`
 */
export function readJournal(path: string): PairChanges[] {
  const lines = textOf(path).split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const parsed = pairChanges.safeParse(parseJson(line));
    if (parsed.success) return parsed.data;
    throw new HearthError('invalid_request', `order journal ${path}: line ${index + 1} is unreadable`, {
      cause: parsed.error,
    });
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new HearthError('invalid_request', `order journal ${path}: ${(cause as Error).message}`, { cause });
  }
}
