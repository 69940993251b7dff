import { type Hex, hexToBytes } from '../bytes/hex.ts';

/** FP and SSE: set in every XFAM. */
const fixed1 = 0x3n;
/** Bits that an XFAM may have; every other one must be zero (google/go-tdx-guest, validate). */
const fixed0 = 0x6dbe7n;

/** Whether an XFAM (8 bytes, little-endian) has every bit it must have and none it must not. */
export function isXfamWithinFixedBits(xfam: Hex): boolean {
  const bytes = hexToBytes(xfam, 8);
  const bits = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return (bits & fixed1) === fixed1 && (bits & ~fixed0) === 0n;
}
