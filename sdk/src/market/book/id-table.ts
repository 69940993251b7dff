import type { Hex } from '@hearth/attestation/receipt';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

const FREE = -1;

/** Ids of one length as small integers: a million keys as hex strings would fill a tenth of a gigabyte each time. Never forgets. */
export class IdTable {
  private bytes: Uint8Array;
  /** Open addressing, at most half full. */
  private slots = new Int32Array(1024).fill(FREE);
  private count = 0;
  private readonly length: number;

  constructor(length: number) {
    this.length = length;
    this.bytes = new Uint8Array(512 * length);
  }

  /** The number of an id, a new one at first sight. */
  number(hex: Hex): number {
    const id = this.parse(hex);
    const slot = this.slotOf(id);
    const known = this.slots[slot] as number;
    if (known !== FREE) return known;
    const number = this.count;
    if ((number + 1) * this.length > this.bytes.length) this.bytes = grown(this.bytes);
    this.bytes.set(id, number * this.length);
    this.slots[slot] = number;
    this.count += 1;
    if (this.count * 2 > this.slots.length) this.rehash();
    return number;
  }

  hex(number: number): Hex {
    return `0x${bytesToHex(this.bytesOf(number))}`;
  }

  bytesOf(number: number): Uint8Array {
    return this.bytes.subarray(number * this.length, (number + 1) * this.length);
  }

  private parse(hex: Hex): Uint8Array {
    const id = hexToBytes(hex.slice(2));
    if (id.length !== this.length) throw new RangeError(`expected ${this.length} bytes, got ${id.length}`);
    return id;
  }

  /** Where an id is, or would be put. */
  private slotOf(id: Uint8Array): number {
    const mask = this.slots.length - 1;
    let slot = hashOf(id, 0, this.length) & mask;
    for (;;) {
      const number = this.slots[slot] as number;
      if (number === FREE || this.holds(number, id)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private holds(number: number, id: Uint8Array): boolean {
    const start = number * this.length;
    for (let i = 0; i < this.length; i += 1) if (this.bytes[start + i] !== id[i]) return false;
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
