import { ByteReader } from '../../bytes/byte-reader.ts';
import { formatError } from '../../errors.ts';

/** Fields as TPM 2.0 marshals them: integers big-endian, byte strings behind a 16-bit length. */
export class BigEndianReader {
  readonly #reader: ByteReader;
  readonly #thing: string;

  constructor(bytes: Uint8Array, thing: string) {
    this.#reader = new ByteReader(bytes, thing);
    this.#thing = thing;
  }

  take(length: number, field: string): Uint8Array {
    return this.#reader.take(length, field);
  }

  uint8(field: string): number {
    return this.#uint(1, field);
  }

  uint16(field: string): number {
    return this.#uint(2, field);
  }

  uint32(field: string): number {
    return this.#uint(4, field);
  }

  /** A TPM2B_… of at most `maxLength` bytes. */
  sized(maxLength: number, field: string): Uint8Array {
    const length = this.uint16(`${field}, length`);
    if (length > maxLength) {
      throw formatError(`${this.#thing}, ${field}`, {
        expected: `at most ${maxLength} bytes`,
        actual: `${length}`,
      });
    }
    return this.take(length, field);
  }

  finish(): void {
    this.#reader.finish();
  }

  #uint(length: number, field: string): number {
    return this.take(length, field).reduce((value, byte) => value * 0x100 + byte, 0);
  }
}
