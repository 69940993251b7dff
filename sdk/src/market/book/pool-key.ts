/** Where an ask stands in its pool's tree: `u32 effective ask ‖ askId`. A leaf begins with its key. */
export const KEY_BYTES = 36;
export const KEY_BITS = KEY_BYTES * 8;

/** The effective ask with which a key, a leaf or a digest begins. */
export const effectiveAskIn = (bytes: Uint8Array): number => uint32(bytes, 0);

export function uint32(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [
    number,
    number,
    number,
    number,
  ];
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
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
