import { AgentError } from '../../agent-error.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';

/** Numbers handed out per write to disk. After a crash the rest of a block is skipped: gaps are allowed, repeats not. */
const BLOCK = 1024;

/** Strictly growing numbers for signed counters that survive a crash without a disk write for each. */
export class SequenceFile {
  readonly #path: string;
  #next: number;
  #reserved: number;
  #reserving: Promise<void> | undefined;
  #failure: unknown;

  private constructor(path: string, next: number) {
    this.#path = path;
    this.#next = next;
    this.#reserved = next;
  }

  static async open(path: string): Promise<SequenceFile> {
    const text = await readIfThere(path);
    const next = text === undefined ? 1 : Number(text.trim());
    if (!Number.isSafeInteger(next) || next < 1)
      throw new AgentError('data_dir_unusable', `${path}: expected a whole number of at least 1`);
    const file = new SequenceFile(path, next);
    await file.#reserve();
    return file;
  }

  /** @throws AgentError `data_dir_unwritable` when the disk failed before the next block could be reserved */
  take(): number {
    if (this.#next >= this.#reserved)
      throw new AgentError('data_dir_unusable', `${this.#path}: no number reserved`, {
        cause: this.#failure,
      });
    // Reserved well ahead, so that no caller ever waits for the disk.
    if (this.#reserved - this.#next < BLOCK / 2) {
      this.#reserving ??= this.#reserve()
        .catch((error: unknown) => {
          this.#failure = error;
        })
        .finally(() => {
          this.#reserving = undefined;
        });
    }
    return this.#next++;
  }

  /** Waits for a reservation that is being written. */
  async close(): Promise<void> {
    await this.#reserving;
  }

  async #reserve(): Promise<void> {
    const reserved = this.#reserved + BLOCK;
    await writeDurably(this.#path, `${reserved}\n`);
    this.#reserved = reserved;
  }
}
