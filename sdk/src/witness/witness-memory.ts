import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { HearthError, parseJson } from '../protocol/index.ts';
import type { CosignedNotes } from './witness.ts';

const memoryFile = z.strictObject({
  schema: z.literal('hearth-witness/1'),
  /** By origin: the note of the last cosigned checkpoint. */
  newest: z.record(z.string(), z.string()),
});

/** What a witness has cosigned last, per log. It must outlive the process: a witness that forgets can be made to sign a fork. */
export class WitnessMemory implements CosignedNotes {
  readonly #path: string;
  readonly #newest: Map<string, string>;

  private constructor(path: string, newest: Map<string, string>) {
    this.#path = path;
    this.#newest = newest;
  }

  /** @throws HearthError for a file that is something else */
  static open(path: string): WitnessMemory {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const text = readIfThere(path);
    if (text === undefined) return new WitnessMemory(path, new Map());
    const parsed = memoryFile.safeParse(parseJson(text));
    if (parsed.success) return new WitnessMemory(path, new Map(Object.entries(parsed.data.newest)));
    throw new HearthError(
      'invalid_request',
      `witness memory ${path}: not one of ours; a witness that lost its memory takes a new key`,
    );
  }

  newest(origin: string): string | undefined {
    return this.#newest.get(origin);
  }

  async remember(origin: string, note: string): Promise<void> {
    const newest = Object.fromEntries([...this.#newest, [origin, note]]);
    const file = await open(`${this.#path}.new`, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ schema: 'hearth-witness/1', newest }, null, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.#path}.new`, this.#path);
    const directory = await open(dirname(this.#path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    this.#newest.set(origin, note);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
