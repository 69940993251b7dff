import { hexToBytes as decode } from '@noble/hashes/utils.js';
import { formatError } from '../errors.ts';
import type { Hex } from '../receipt/hex.ts';

export { type Hex, toHex as bytesToHex } from '../receipt/hex.ts';

/** Strict: 0x prefix, lower case, whole bytes. Two spellings of the same bytes would be two identities. */
export function hexToBytes(hex: string, byteLength?: number): Uint8Array {
  if (!/^0x(?:[0-9a-f]{2})*$/.test(hex)) {
    throw formatError('hex string', { expected: '0x and lower-case byte pairs', actual: excerpt(hex) });
  }
  return decodeHex(hex.slice(2), byteLength);
}

/** Intel's JSON writes hex without prefix and in either case (public TCB Info carries both 90C06F… and 90c06f…). */
export function bareHexToBytes(hex: string, byteLength?: number): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    throw formatError('hex string', { expected: 'byte pairs', actual: excerpt(hex) });
  }
  return decodeHex(hex, byteLength);
}

/** Bytes as given, or decoded from strict hex; for builders that take either. */
export function toBytes(input: Uint8Array | Hex, byteLength: number, thing: string): Uint8Array {
  const bytes = typeof input === 'string' ? hexToBytes(input) : input;
  if (bytes.length !== byteLength) {
    throw formatError(thing, { expected: `${byteLength} bytes`, actual: `${bytes.length}` });
  }
  return bytes;
}

function decodeHex(digits: string, byteLength: number | undefined): Uint8Array {
  if (byteLength !== undefined && digits.length !== byteLength * 2) {
    throw formatError('hex string', { expected: `${byteLength} bytes`, actual: `${digits.length / 2}` });
  }
  return decode(digits);
}

function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
