import type { Hex } from '@hearth/attestation/receipt';
import { KeptTexts } from './kept-texts.ts';

const FREE = -1;

/** Ids of one length as small integers: a million keys as hex strings would fill a tenth of a gigabyte each time. Never forgets. */
export class IdTable {
  private bytes: Uint8Array;
  /** Open addressing, at most half full. */
  private slots = new Int32Array(1024).fill(FREE);
  private count = 0;
  private readonly length: number;
  private readonly texts = new KeptTexts((number) => this.bytesOf(number));
  /** The id that is looked for. */
  private readonly wanted: Uint8Array;

  constructor(length: number) {
    this.length = length;
    this.wanted = new Uint8Array(length);
    this.bytes = new Uint8Array(512 * length);
  }

  /** The number of an id, a new one at first sight. */
  number(hex: Hex): number {
    this.parse(hex);
    const slot = this.slotOfWanted();
    const known = this.slots[slot] as number;
    if (known !== FREE) return known;
    const number = this.count;
    if ((number + 1) * this.length > this.bytes.length) this.bytes = grown(this.bytes);
    this.bytes.set(this.wanted, number * this.length);
    this.slots[slot] = number;
    this.count += 1;
    if (this.count * 2 > this.slots.length) this.rehash();
    return number;
  }

  /** Whether a number's id is the one that is given as text: nearly always its first byte says no. */
  is(number: number, hex: Hex): boolean {
    const start = number * this.length;
    for (let i = 0; i < this.length; i += 1) if (byteIn(hex, i) !== this.bytes[start + i]) return false;
    return hex.length === 2 + 2 * this.length;
  }

  hex(number: number): Hex {
    return this.texts.of(number);
  }

  bytesOf(number: number): Uint8Array {
    return this.bytes.subarray(number * this.length, (number + 1) * this.length);
  }

  /** Into `wanted`; no library's call and no new array, because a clearing does it. */
  private parse(hex: Hex): void {
    const { wanted, length } = this;
    if (hex.length !== 2 + 2 * length) throw new RangeError(`expected ${length} bytes as hex, got ${hex}`);
    for (let i = 0; i < length; i += 1) {
      const byte = byteIn(hex, i);
      if (byte < 0) throw new RangeError(`expected ${length} bytes as hex, got ${hex}`);
      wanted[i] = byte;
    }
  }

  /** Where it is, or would be put. */
  private slotOfWanted(): number {
    const mask = this.slots.length - 1;
    let slot = hashOf(this.wanted, 0, this.length) & mask;
    for (;;) {
      const number = this.slots[slot] as number;
      if (number === FREE || this.holdsWanted(number)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private holdsWanted(number: number): boolean {
    const start = number * this.length;
    for (let i = 0; i < this.length; i += 1) if (this.bytes[start + i] !== this.wanted[i]) return false;
    return true;
  }

  private rehash(): void {
    const mask = this.slots.length * 2 - 1;
    this.slots = new Int32Array(this.slots.length * 2).fill(FREE);
    for (let number = 0; number < this.count; number += 1) {
      let slot = hashOf(this.bytes, number * this.length, this.length) & mask;
      while (this.slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.slots[slot] = number;
    }
  }
}

/** Negative where the text has no two hex digits. */
function byteIn(hex: Hex, index: number): number {
  return (nibbleOf(hex.charCodeAt(2 + 2 * index)) << 4) | nibbleOf(hex.charCodeAt(3 + 2 * index));
}

function nibbleOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** FNV-1a over every byte: some ids are chosen by their owner, and only their order in this table depends on it. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ (bytes[start + i] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}

function grown(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
