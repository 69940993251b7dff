import { formatError } from '../errors.ts';

/** Reads little-endian fields in order; every read is checked against the end, so a lying length never allocates. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #thing: string;
  #offset = 0;

  constructor(bytes: Uint8Array, thing: string) {
    this.#bytes = bytes;
    this.#thing = thing;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** A view of the next `length` bytes. */
  take(length: number, field: string): Uint8Array {
    if (length > this.remaining) {
      throw formatError(`${this.#thing}, ${field}`, {
        expected: `${length} bytes at offset ${this.#offset}`,
        actual: `${this.remaining} left`,
      });
    }
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  uint16(field: string): number {
    const bytes = this.take(2, field);
    return readUint16(bytes, 0);
  }

  uint32(field: string): number {
    const bytes = this.take(4, field);
    return readUint16(bytes, 0) + readUint16(bytes, 2) * 0x1_0000;
  }

  /** Refuses bytes nobody read: what is not looked at must not be there. */
  finish(): void {
    if (this.remaining > 0) {
      throw formatError(this.#thing, { expected: 'no further bytes', actual: `${this.remaining} more` });
    }
  }
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 0x100;
}
