import { derTag } from '../x509/der-reader.ts';

/** DER encoding of what the simulated vendor writes. The production verifier never imports this. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([Buffer.of(tag), encodeLength(contents.length), contents]));
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(derTag.sequence, ...parts);
}

/** Non-negative INTEGER from a big-endian magnitude. */
export function unsigned(magnitude: Uint8Array): Uint8Array {
  const firstUsed = magnitude.findIndex((byte) => byte !== 0);
  const minimal = firstUsed === -1 ? Uint8Array.of(0) : magnitude.subarray(firstUsed);
  const sign = (minimal[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return element(derTag.integer, sign, minimal);
}

export function smallInteger(value: number): Uint8Array {
  return unsigned(
    Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff),
  );
}

export function boolean(value: boolean): Uint8Array {
  return element(derTag.boolean, Uint8Array.of(value ? 0xff : 0));
}

export function octetString(contents: Uint8Array): Uint8Array {
  return element(derTag.octetString, contents);
}

export function bitString(contents: Uint8Array, unusedBits = 0): Uint8Array {
  return element(derTag.bitString, Uint8Array.of(unusedBits), contents);
}

export function utf8String(text: string): Uint8Array {
  return element(derTag.utf8String, Buffer.from(text, 'utf8'));
}

export function printableString(text: string): Uint8Array {
  return element(derTag.printableString, Buffer.from(text, 'latin1'));
}

export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(derTag.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** RFC 5280: UTCTime through 2049, GeneralizedTime after. */
export function time(unixSec: number): Uint8Array {
  const digits = new Date(unixSec * 1000)
    .toISOString()
    .replace(/\.000Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return digits < '2050'
    ? element(derTag.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : element(derTag.generalizedTime, Buffer.from(digits, 'latin1'));
}

function base128(arc: number): number[] {
  const septets = [arc & 0x7f];
  for (let rest = Math.floor(arc / 0x80); rest > 0; rest = Math.floor(rest / 0x80))
    septets.unshift((rest & 0x7f) | 0x80);
  return septets;
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x100) return Buffer.of(0x81, length);
  if (length < 0x1_0000) return Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}
