import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { EMPTY_ROOT, type Hex, leafHash, MerkleFrontier, nodeHash, toHex } from '@hearth/attestation/receipt';
import { canonicalBytes, type LogEntry, logEntry } from '@hearth/sdk/protocol';
import { z } from 'zod';

/**
 * An RFC 6962 log in a file, for histories too long for memory: entries on disk as their canonical bytes, every perfect
 * subtree's hash in memory. Any size's root and proofs take O(log n).
 */
export class FileLog {
  readonly #file: number;
  /** Where each entry begins in the file; the last one is the file's length. */
  readonly #offsets: number[] = [0];
  /** By level: the hashes of the perfect subtrees of 2^level leaves, from the left. */
  readonly #levels: Uint8Array[][] = [];
  #unwritten: Uint8Array[] = [];
  #unwrittenBytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w+', 0o600);
  }

  get size(): number {
    return this.#offsets.length - 1;
  }

  /** @returns the index of the entry */
  append(entry: LogEntry): number {
    return this.appendJson(z.encode(logEntry, entry));
  }

  appendJson(json: unknown): number {
    const bytes = canonicalBytes(json);
    this.#unwritten.push(bytes);
    this.#unwrittenBytes += bytes.length;
    this.#offsets.push((this.#offsets.at(-1) as number) + bytes.length);
    if (this.#unwrittenBytes > 1 << 20) this.#flush();
    let hash = leafHash(bytes);
    for (let level = 0; ; level += 1) {
      const hashes = this.#levels[level] ?? [];
      this.#levels[level] = hashes;
      hashes.push(hash);
      if (hashes.length % 2 === 1) break;
      hash = nodeHash(hashes.at(-2) as Uint8Array, hash);
    }
    return this.size - 1;
  }

  entries(start: number, end: number): unknown[] {
    this.#flush();
    const last = Math.min(end, this.size);
    const from = this.#offsets[start] ?? 0;
    const bytes = Buffer.alloc((this.#offsets[last] ?? from) - from);
    readSync(this.#file, bytes, 0, bytes.length, from);
    return Array.from({ length: Math.max(0, last - start) }, (_, i) => {
      const at = (this.#offsets[start + i] as number) - from;
      return JSON.parse(
        bytes.toString('utf8', at, (this.#offsets[start + i + 1] as number) - from),
      ) as unknown;
    });
  }

  root(size = this.size): Hex {
    return toHex(this.#hash(0, size));
  }

  /** Root of the first `size` entries, had entry `index` been another one. */
  forkedRoot(size: number, index: number): Hex {
    const tree = new MerkleFrontier();
    for (let i = 0; i < size; i += 1)
      tree.append(i === index ? leafHash(new Uint8Array()) : (this.#levels[0]?.[i] as Uint8Array));
    return toHex(tree.root());
  }

  inclusion(index: number, treeSize: number): Hex[] {
    const path: Uint8Array[] = [];
    let [from, to] = [0, treeSize];
    while (to - from > 1) {
      const split = from + largestPowerOfTwoBelow(to - from);
      path.push(index < split ? this.#hash(split, to) : this.#hash(from, split));
      if (index < split) to = split;
      else from = split;
    }
    return path.reverse().map(toHex);
  }

  consistency(oldSize: number, newSize: number): Hex[] {
    const path: Uint8Array[] = [];
    let [from, to] = [0, newSize];
    while (to !== oldSize) {
      const split = from + largestPowerOfTwoBelow(to - from);
      path.push(oldSize <= split ? this.#hash(split, to) : this.#hash(from, split));
      if (oldSize <= split) to = split;
      else from = split;
    }
    if (from > 0) path.push(this.#hash(from, to));
    return path.reverse().map(toHex);
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  /** Hash of leaves [from, to), a subtree of an RFC 6962 tree. */
  #hash(from: number, to: number): Uint8Array {
    if (from === to) return EMPTY_ROOT;
    const width = to - from;
    const level = Math.log2(width);
    if (Number.isInteger(level)) return this.#levels[level]?.[from / width] as Uint8Array;
    const split = from + largestPowerOfTwoBelow(width);
    return nodeHash(this.#hash(from, split), this.#hash(split, to));
  }

  #flush(): void {
    for (const bytes of this.#unwritten) writeSync(this.#file, bytes);
    this.#unwritten = [];
    this.#unwrittenBytes = 0;
  }
}

function largestPowerOfTwoBelow(width: number): number {
  let power = 1;
  while (power * 2 < width) power *= 2;
  return power;
}
