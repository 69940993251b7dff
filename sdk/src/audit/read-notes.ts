import type { Checkpoint, TrustFile } from '../protocol/index.ts';
import { HearthError } from '../protocol/index.ts';
import { checkpointByLog } from '../verify/trusted-checkpoint.ts';
import type { LogSource } from './log-source.ts';

export interface SignedNote {
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

/** Every note that the log says it signed for trees of up to `to` entries, by size: given out as the reader gets there. */
export class NoteReader {
  readonly #source: LogSource;
  readonly #trust: TrustFile;
  readonly #to: number;
  #page: SignedNote[] = [];
  #last = { treeSize: 0, timeMs: 0 };
  #isAtEnd = false;

  constructor(source: LogSource, trust: TrustFile, to: number) {
    this.#source = source;
    this.#trust = trust;
    this.#to = to;
  }

  /** Has all notes of up to `size` at hand, so that `take` can be asked for them. */
  async load(size: number): Promise<void> {
    while (!this.#isAtEnd && this.#last.treeSize <= size) {
      const { treeSize, timeMs } = this.#last;
      const notes = await this.#source.notes(treeSize, timeMs);
      for (const note of notes) this.#add(note);
      this.#isAtEnd = notes.length === 0 || this.#last.treeSize > this.#to;
    }
  }

  /** The notes of exactly this size; sizes are to be asked for in order. */
  take(size: number): SignedNote[] {
    let count = 0;
    while ((this.#page[count]?.checkpoint.treeSize ?? Number.POSITIVE_INFINITY) <= size) count += 1;
    return this.#page.splice(0, count).filter(({ checkpoint }) => checkpoint.treeSize === size);
  }

  #add(note: string): void {
    const checkpoint = checkpointByLog(note, this.#trust);
    const { treeSize, timeMs } = this.#last;
    if (!checkpoint)
      throw new HearthError(
        'invalid_signature',
        `log ${this.#source.url}: a note that no trusted key signed`,
      );
    const isNext =
      checkpoint.treeSize > treeSize || (checkpoint.treeSize === treeSize && checkpoint.timeMs > timeMs);
    if (!isNext)
      throw new HearthError('peer_protocol_violation', `log ${this.#source.url}: its notes are out of order`);
    this.#last = { treeSize: checkpoint.treeSize, timeMs: checkpoint.timeMs };
    if (checkpoint.treeSize <= this.#to) this.#page.push({ note, checkpoint });
  }
}
