import { formatError } from '../errors.ts';

/** Universal and context tags that the vendors' certificates, CRLs and OCSP answers use; each is one byte. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context1: 0xa1,
  context2: 0xa2,
  context3: 0xa3,
} as const;

export type DerElement = {
  readonly tag: number;
  readonly encoded: Uint8Array;
  readonly contents: Uint8Array;
};

/** Constructed values within constructed values; no format here needs half of it. */
const maxDepth = 16;

/**
 * Walks the elements of one constructed value. Strict DER (X.690 §10): definite minimal lengths, one-byte tags.
 * It never descends by itself, so nesting in hostile input cannot exhaust the stack.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #thing: string;
  readonly #depth: number;
  #offset = 0;

  /** `depth` counts the constructed values around `bytes`. */
  constructor(bytes: Uint8Array, thing: string, depth = 0) {
    if (depth > maxDepth) throw formatError(thing, { expected: `at most ${maxDepth} levels of nesting` });
    this.#bytes = bytes;
    this.#thing = thing;
    this.#depth = depth;
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  peekTag(): number | undefined {
    return this.#bytes[this.#offset];
  }

  next(tag: number, field: string): DerElement {
    const element = this.any(field);
    if (element.tag !== tag) {
      throw formatError(`${this.#thing}, ${field}`, { expected: `tag ${tag}`, actual: `tag ${element.tag}` });
    }
    return element;
  }

  any(field: string): DerElement {
    const start = this.#offset;
    const tag = this.#byte(field);
    if ((tag & 0x1f) === 0x1f) throw formatError(`${this.#thing}, ${field}`, { expected: 'a one-byte tag' });
    const length = this.#length(field);
    const contentsStart = this.#offset;
    if (length > this.#bytes.length - contentsStart) {
      throw formatError(`${this.#thing}, ${field}`, { expected: `${length} bytes`, actual: 'end of input' });
    }
    this.#offset = contentsStart + length;
    return {
      tag,
      encoded: this.#bytes.subarray(start, this.#offset),
      contents: this.#bytes.subarray(contentsStart, this.#offset),
    };
  }

  enter(tag: number, field: string): DerReader {
    return new DerReader(this.next(tag, field).contents, `${this.#thing}, ${field}`, this.#depth + 1);
  }

  finish(): void {
    if (!this.done) throw formatError(this.#thing, { expected: 'no further elements' });
  }

  #byte(field: string): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw formatError(`${this.#thing}, ${field}`, { actual: 'end of input' });
    this.#offset += 1;
    return byte;
  }

  #length(field: string): number {
    const first = this.#byte(field);
    if (first < 0x80) return first;
    const count = first & 0x7f;
    // 0x80 is BER's indefinite form; more than three bytes exceeds every limit of this package.
    if (count === 0 || count > 3)
      throw formatError(`${this.#thing}, ${field}`, { expected: 'a definite short length' });
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 0x100 + this.#byte(field);
    if (length < 0x80 || length < 0x100 ** (count - 1)) {
      throw formatError(`${this.#thing}, ${field}`, { expected: 'a minimal length' });
    }
    return length;
  }
}

/** The single element that fills `bytes`, as a reader of its parts. */
export function enterDer(bytes: Uint8Array, tag: number, thing: string): DerReader {
  const outer = new DerReader(bytes, thing);
  const inner = outer.enter(tag, 'outer element');
  outer.finish();
  return inner;
}
