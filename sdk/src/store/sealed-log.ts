import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { StoreKey } from './store-key.ts';

const LENGTH_BYTES = 4;

/**
 * Encrypted records, appended one after the other and durable when `append` returns. A record that a crash cut short is
 * forgotten; one that was moved or altered ends the log there.
 */
export class SealedLog {
  readonly #fd: number;
  readonly #name: string;
  readonly #key: StoreKey;
  #count = 0;
  #size = 0;

  private constructor(fd: number, name: string, key: StoreKey) {
    this.#fd = fd;
    this.#name = name;
    this.#key = key;
  }

  /** @returns the log, ready for more, and what was in it */
  static open(path: string, name: string, key: StoreKey): { log: SealedLog; records: Uint8Array[] } {
    const log = new SealedLog(openSync(path, 'a+', 0o600), name, key);
    const bytes = readFileSync(path);
    const records: Uint8Array[] = [];
    for (;;) {
      const next = log.#read(bytes);
      if (!next) break;
      records.push(next);
    }
    ftruncateSync(log.#fd, log.#size);
    return { log, records };
  }

  append(record: Uint8Array): void {
    const sealed = this.#key.seal(this.#place(), record);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    writeSync(this.#fd, Buffer.concat([length, sealed]));
    fsyncSync(this.#fd);
    this.#count += 1;
    this.#size += LENGTH_BYTES + sealed.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(bytes: Buffer): Uint8Array | undefined {
    if (bytes.length < this.#size + LENGTH_BYTES) return undefined;
    const start = this.#size + LENGTH_BYTES;
    const end = start + bytes.readUInt32BE(this.#size);
    const record = end > bytes.length ? undefined : this.#key.open(this.#place(), bytes.subarray(start, end));
    if (!record) return undefined;
    this.#count += 1;
    this.#size = end;
    return record;
  }

  #place(): string {
    return `${this.#name}#${this.#count}`;
  }
}
