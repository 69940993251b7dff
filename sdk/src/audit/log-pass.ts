import { fromHex, type Hex, isConsistent, MerkleFrontier, toHex } from '@hearth/attestation/receipt';
import { type Checkpoint, type LogEntry, logEntry, type TrustFile } from '../protocol/index.ts';
import { checkpointByLog } from '../verify/trusted-checkpoint.ts';
import type { Defects } from './defect.ts';
import type { LogSource } from './log-source.ts';
import { readEntries } from './read-entries.ts';
import { NoteReader, type SignedNote } from './read-notes.ts';

export interface LoggedEntry {
  readonly index: number;
  readonly entry: LogEntry;
}

/** The log as it was when it had exactly `size` entries. */
export interface Standing {
  readonly size: number;
  root(): Hex;
  /** What the log signed at that size. */
  readonly notes: readonly SignedNote[];
}

/**
 * Follows one pass over the log. `read` runs ahead of `stand` and `apply` by the time that an entry may look back, so that
 * whatever cites an earlier size is known when the pass stands there, and nobody has to keep a history.
 */
export interface LogObserver {
  read?(logged: LoggedEntry): void;
  /** Between entry `size − 1` and entry `size`. */
  stand?(standing: Standing): void;
  apply?(logged: LoggedEntry): void;
}

export type PassOptions = {
  readonly source: LogSource;
  readonly trust: TrustFile;
  readonly checkpoint: Checkpoint;
  /** The signed text of `checkpoint`, and what was seen of this log elsewhere or before. */
  readonly note: string;
  readonly seen: readonly string[];
  readonly observers: readonly LogObserver[];
  readonly defects: Defects;
  readonly onProgress?: (entries: number, of: number) => void;
};

/** A clearing cites a checkpoint of at most 3 s ago, and is logged once up to three nodes have been asked. */
export const LOOK_BACK_MS = 20_000;

/** Reads the log once from its first entry to the checkpoint; memory is bounded by what is logged in `LOOK_BACK_MS`. */
export class LogPass {
  readonly #options: PassOptions;
  readonly #frontier = new MerkleFrontier();
  readonly #notes: NoteReader;
  readonly #seen: SignedNote[];
  #waiting: { logged: LoggedEntry | undefined; leafHash: Uint8Array; atMs: number }[] = [];
  #newestMs = 0;

  constructor(options: PassOptions) {
    const { source, trust, checkpoint, seen } = options;
    this.#options = options;
    this.#notes = new NoteReader(source, trust, checkpoint.treeSize);
    this.#seen = seen.flatMap((note) => {
      const known = checkpointByLog(note, trust);
      return known && known.origin === checkpoint.origin ? [{ note, checkpoint: known }] : [];
    });
  }

  /** @returns how many entries were read */
  async run(): Promise<number> {
    const { source, checkpoint, defects, onProgress } = this.#options;
    for (const { note, checkpoint: known } of this.#seen)
      if (known.treeSize > checkpoint.treeSize)
        defects.add(
          'log_rolled_back',
          null,
          `the log shows ${checkpoint.treeSize} entries and signed ${known.treeSize} before: ${note.split('\n')[2]}`,
        );
    let read = 0;
    for await (const page of readEntries(source, checkpoint, defects)) {
      for (const { index, json, leafHash } of page) this.#read(index, json, leafHash);
      read += page.length;
      await this.#notes.load(read);
      await this.#advance((oldest) => oldest.atMs + LOOK_BACK_MS < this.#newestMs);
      onProgress?.(read, checkpoint.treeSize);
    }
    if (read < checkpoint.treeSize) return read;
    await this.#advance(() => true);
    await this.#stand();
    return read;
  }

  #read(index: number, json: unknown, leafHash: Uint8Array): void {
    const parsed = logEntry.safeParse(json);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const place = issue?.path.join('.') || 'entry';
      this.#options.defects.add('entry_invalid', index, `entry ${index}: ${place}: ${issue?.message}`);
      this.#waiting.push({ logged: undefined, leafHash, atMs: this.#newestMs });
      return;
    }
    const logged = { index, entry: parsed.data };
    this.#newestMs = Math.max(this.#newestMs, logged.entry.atMs);
    for (const observer of this.#options.observers) observer.read?.(logged);
    this.#waiting.push({ logged, leafHash, atMs: logged.entry.atMs });
  }

  async #advance(isDue: (oldest: { atMs: number }) => boolean): Promise<void> {
    let done = 0;
    for (const waiting of this.#waiting) {
      if (!isDue(waiting)) break;
      await this.#stand();
      this.#frontier.append(waiting.leafHash);
      const { logged } = waiting;
      if (logged) for (const observer of this.#options.observers) observer.apply?.(logged);
      done += 1;
    }
    this.#waiting = this.#waiting.slice(done);
  }

  async #stand(): Promise<void> {
    const { size } = this.#frontier;
    let known: Hex | undefined;
    const root = () => (known ??= toHex(this.#frontier.root()));
    const notes = this.#notes.take(size);
    for (const signed of [...notes, ...this.#seen])
      if (signed.checkpoint.treeSize === size && size > 0 && signed.checkpoint.root !== root())
        await this.#reportFork(signed, root());
    for (const observer of this.#options.observers) observer.stand?.({ size, root, notes });
  }

  /** The log signed another root for a prefix of what it now shows. */
  async #reportFork({ note, checkpoint: older }: SignedNote, prefixRoot: Hex): Promise<void> {
    const { source, checkpoint, note: newer, defects } = this.#options;
    const { treeSize } = older;
    const path =
      treeSize === checkpoint.treeSize ? [] : await source.consistency(treeSize, checkpoint.treeSize);
    const isProven = isConsistent(
      treeSize,
      fromHex(prefixRoot),
      checkpoint.treeSize,
      fromHex(checkpoint.root),
      path.map(fromHex),
    );
    const message = `the log signed root ${older.root} for ${treeSize} entries, and shows entries of root ${prefixRoot}`;
    const schema = 'hearth-log-fork/1' as const;
    const proof = { schema, older: note, newer, prefixRoot, path: [...path] };
    defects.add('log_forked', null, message, isProven ? proof : undefined);
  }
}
