import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Lower-case 0x hex, the form in which bytes travel in JSON. */
export type Hex = `0x${string}`;

export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** Strict: even length, hex digits only; throws on anything else. */
export function fromHex(hex: string): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) throw new TypeError('expected 0x-prefixed hex of whole bytes');
  return hexToBytes(hex.slice(2));
}
