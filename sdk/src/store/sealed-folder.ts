import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HearthError } from '../protocol/index.ts';
import type { StoreKey } from './store-key.ts';

/** Named contents on disk, each encrypted in a file of its own; a crash leaves the old content or the new one. */
export class SealedFolder {
  readonly #dir: string;
  readonly #key: StoreKey;

  constructor(dir: string, key: StoreKey) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#dir = dir;
    this.#key = key;
  }

  put(name: string, content: Uint8Array): void {
    const path = this.#path(name);
    writeFileSync(`${path}.tmp`, this.#key.seal(name, content), { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }

  /** @throws HearthError `invalid_request` when the file was altered */
  get(name: string): Uint8Array | undefined {
    let sealed: Buffer;
    try {
      sealed = readFileSync(this.#path(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const content = this.#key.open(name, sealed);
    if (content) return content;
    throw new HearthError('invalid_request', `${this.#path(name)}: not what was stored under this name`);
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  names(): string[] {
    return readdirSync(this.#dir).filter((name) => !name.endsWith('.tmp'));
  }

  #path(name: string): string {
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(name)) throw new HearthError('not_found', `${name}: no such id`);
    return join(this.#dir, name);
  }
}
