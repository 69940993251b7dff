import { fromHex, type Hex } from '@hearth/attestation/receipt';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Big-endian unsigned integer of a fixed width. @throws RangeError when it does not fit. */
export function uintBytes(value: bigint | number, byteLength: number): Uint8Array {
  let rest = BigInt(value);
  if (rest < 0n || rest >> BigInt(8 * byteLength) !== 0n) {
    throw new RangeError(`expected an unsigned integer of ${byteLength} bytes, got ${value}`);
  }
  const bytes = new Uint8Array(byteLength);
  for (let i = byteLength - 1; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

export function uintFrom(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** Bytes of a hex value of known width, for the fields that our own side fills in. @throws RangeError */
export function fixedBytes(hex: Hex, byteLength: number, what: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes.length !== byteLength) {
    throw new RangeError(`${what}: expected ${byteLength} bytes, got ${bytes.length}`);
  }
  return bytes;
}
