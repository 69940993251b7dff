import { uintFrom } from './big-endian.ts';
import { malformed, tooLarge } from './wire-errors.ts';
import {
  MAX_HEADER_JSON_BYTES,
  MAX_ORDER_JSON_BYTES,
  MAX_RECIPIENTS,
  REQUEST_MAGIC,
  SIGNATURE_BYTES,
  WRAPPED_CEK_BYTES,
} from './wire-limits.ts';

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where each field of a request's clear prefix lies. */
export interface PrefixLayout {
  readonly headerJson: ByteRange;
  readonly sessionSignature: ByteRange;
  readonly orderJson: ByteRange;
  readonly recipients: readonly {
    readonly keyId: ByteRange;
    readonly enclaveKey: ByteRange;
    readonly measurementHash: ByteRange;
    readonly evidenceHash: ByteRange;
    readonly enc: ByteRange;
    readonly wrappedCek: ByteRange;
  }[];
  readonly cumulativeCap: ByteRange;
  readonly authorizationSignature: ByteRange;
  readonly byteLength: number;
}

/** Walks the lengths only, so that it is cheap to repeat on each arriving chunk. `undefined`: more bytes are needed. */
export function scanRequestPrefix(bytes: Uint8Array): PrefixLayout | undefined {
  const cursor = new Cursor(bytes);
  cursor.magic();
  const headerJson = cursor.sized(4, MAX_HEADER_JSON_BYTES, 'header');
  const sessionSignature = cursor.take(SIGNATURE_BYTES);
  const orderJson = cursor.sized(4, MAX_ORDER_JSON_BYTES, 'order');
  const count = cursor.uint(1);
  if (!cursor.short && (count < 1 || count > MAX_RECIPIENTS)) {
    throw malformed('request', `expected 1 to ${MAX_RECIPIENTS} recipients, got ${count}`);
  }
  const recipients = Array.from({ length: count }, () => ({
    keyId: cursor.take(32),
    enclaveKey: cursor.take(20),
    measurementHash: cursor.take(32),
    evidenceHash: cursor.take(32),
    enc: cursor.sized(2, 1120, 'enc'),
    wrappedCek: cursor.exactly(WRAPPED_CEK_BYTES, 'wrappedCek'),
  }));
  const cumulativeCap = cursor.take(16);
  const authorizationSignature = cursor.take(SIGNATURE_BYTES);
  if (cursor.short) return undefined;
  return {
    headerJson,
    sessionSignature,
    orderJson,
    recipients,
    cumulativeCap,
    authorizationSignature,
    byteLength: cursor.offset,
  };
}

/** Once the bytes run out, everything later reads as empty and `short` says so. */
class Cursor {
  readonly #bytes: Uint8Array;
  offset = 0;
  short = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): ByteRange {
    if (this.short || this.offset + length > this.#bytes.length) {
      this.short = true;
      return { start: 0, end: 0 };
    }
    const start = this.offset;
    this.offset += length;
    return { start, end: this.offset };
  }

  uint(byteLength: number): number {
    const { start, end } = this.take(byteLength);
    return Number(uintFrom(this.#bytes.subarray(start, end)));
  }

  sized(lengthBytes: number, limit: number, what: string): ByteRange {
    const length = this.uint(lengthBytes);
    if (length > limit) throw tooLarge('request', what, limit, length);
    return this.take(length);
  }

  exactly(expected: number, what: string): ByteRange {
    const length = this.uint(2);
    if (!this.short && length !== expected) {
      throw malformed('request', `${what} must be ${expected} bytes, got ${length}`);
    }
    return this.take(length);
  }

  magic(): void {
    const seen = Math.min(REQUEST_MAGIC.length, this.#bytes.length);
    for (let i = 0; i < seen; i++) {
      if (this.#bytes[i] !== REQUEST_MAGIC[i]) throw malformed('request', 'expected the magic "SJ1\\0"');
    }
    this.take(REQUEST_MAGIC.length);
  }
}
