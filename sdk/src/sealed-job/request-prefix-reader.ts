import { type ParsedRequestPrefix, parseRequestPrefix } from './request-prefix.ts';
import { truncated } from './wire-errors.ts';
import { MAX_PREFIX_BYTES } from './wire-limits.ts';

export interface PrefixAndRest {
  readonly prefix: ParsedRequestPrefix;
  /** Bytes of the same chunk that already belong to the frames. */
  readonly rest: Uint8Array;
}

/** Collects a request's clear prefix from a stream, in memory bounded by the largest legal prefix. */
export class RequestPrefixReader {
  readonly #buffer = new Uint8Array(MAX_PREFIX_BYTES);
  #filled = 0;

  /** @throws HearthError as soon as the bytes cannot become a prefix. */
  push(chunk: Uint8Array): PrefixAndRest | undefined {
    const taken = chunk.subarray(0, this.#buffer.length - this.#filled);
    this.#buffer.set(taken, this.#filled);
    const before = this.#filled;
    this.#filled += taken.length;
    const prefix = parseRequestPrefix(this.#buffer.subarray(0, this.#filled));
    if (prefix === undefined) return undefined;
    return { prefix, rest: chunk.subarray(prefix.bytes.length - before) };
  }

  end(): void {
    throw truncated('request', 'inside its prefix');
  }
}
