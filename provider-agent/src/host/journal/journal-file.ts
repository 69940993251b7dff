import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { AgentError, messageOf } from '../../agent-error.ts';
import { syncDirectoryOf, writeDurably } from '../durable-file.ts';
import { type DecodedJournal, decodeJournal, encodeLine } from './journal-codec.ts';

type Waiting = { line: Uint8Array; resolve(): void; reject(error: Error): void };

/**
 * Append-only file with group commit: records that arrive while a write is under way share the next fdatasync.
 * After one failed write nothing more is written: what the disk holds is then unknown, and only a restart reads it.
 */
export class JournalFile {
  readonly #path: string;
  #file: FileHandle;
  #waiting: Waiting[] = [];
  #busy: Promise<void> | undefined;
  #failed: AgentError | undefined;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Reads the file, cuts off a torn last record and opens it for appending. */
  static async open(path: string): Promise<{ file: JournalFile; decoded: DecodedJournal }> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw new AgentError('journal_failed', `journal ${path}: ${error.message}`, { cause: error });
    });
    const decoded = decodeJournal(bytes);
    const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    if (decoded.tornBytes > 0) await handle.truncate(decoded.keptBytes);
    await handle.sync();
    await syncDirectoryOf(path);
    return { file: new JournalFile(path, handle), decoded };
  }

  /** Resolves when the record is on disk. @throws AgentError `journal_failed` */
  append(json: unknown): Promise<void> {
    if (this.#failed) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: encodeLine(json), resolve, reject });
      this.#busy ??= this.#drain();
    });
  }

  /** Replaces the whole file atomically. Nothing may be appended meanwhile. */
  async rewrite(records: readonly unknown[]): Promise<void> {
    await this.#busy;
    try {
      await writeDurably(this.#path, Buffer.concat(records.map(encodeLine)));
      await this.#file.close();
      this.#file = await open(this.#path, constants.O_WRONLY | constants.O_APPEND);
    } catch (cause) {
      throw this.#fail(cause);
    }
  }

  async close(): Promise<void> {
    await this.#busy;
    this.#failed ??= new AgentError('journal_failed', `journal ${this.#path}: closed`);
    await this.#file.close();
  }

  #fail(cause: unknown): AgentError {
    this.#failed ??= new AgentError('journal_failed', `journal ${this.#path}: ${messageOf(cause)}`, {
      cause,
    });
    return this.#failed;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        if (this.#failed) throw this.#failed;
        await writeAll(this.#file, Buffer.concat(batch.map(({ line }) => line)));
        await this.#file.datasync();
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        this.#failed ??= new AgentError('journal_failed', `journal ${this.#path}: ${messageOf(cause)}`, {
          cause,
        });
        for (const { reject } of batch) reject(this.#failed);
      }
    }
    this.#busy = undefined;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, offset);
    offset += bytesWritten;
  }
}
