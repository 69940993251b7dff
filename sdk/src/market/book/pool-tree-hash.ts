import { sha256 } from '@hearth/attestation/receipt';
import { concatBytes } from '@noble/hashes/utils.js';

/** `u32 e ‖ askId`. */
export const KEY_BYTES = 36;
export const KEY_BITS = KEY_BYTES * 8;

/** The effective ask with which a key or a leaf begins. */
export function effectiveAskIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** Counted from the most significant bit of the first byte, so that a lower key is a lower place. */
export function isBitSet(key: Uint8Array, bit: number): boolean {
  return (((key[bit >> 3] as number) >> (7 - (bit & 7))) & 1) === 1;
}

/** `KEY_BITS` for equal keys. */
export function firstDifferentBit(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < KEY_BYTES; i += 1) {
    const difference = (a[i] as number) ^ (b[i] as number);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return KEY_BITS;
}

export function leafHashOf(bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(0), bytes));
}

/** What an inner node hashes: `0x01 ‖ u16 bit ‖ left ‖ right`. */
export function joined(bit: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(1, bit >> 8, bit & 255), left, right);
}
