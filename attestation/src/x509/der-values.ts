import { utcToUnixSec } from '../bytes/utc-time.ts';
import { formatError } from '../errors.ts';
import { type DerElement, type DerReader, derTag, enterDer } from './der-reader.ts';

/** Big-endian magnitude of a non-negative INTEGER without its sign byte. Minimal encodings only (X.690 §8.3.2). */
export function readUnsigned(reader: DerReader, field: string, tag: number = derTag.integer): Uint8Array {
  const { contents } = reader.next(tag, field);
  const [first, second] = contents;
  if (first === undefined || first >= 0x80) throw formatError(field, { expected: 'a non-negative integer' });
  if (first !== 0 || second === undefined) return contents;
  if (second < 0x80) throw formatError(field, { expected: 'a minimal integer' });
  return contents.subarray(1);
}

/** A small non-negative INTEGER or ENUMERATED (at most 32 bits). */
export function readSmallInteger(reader: DerReader, field: string, tag: number = derTag.integer): number {
  const magnitude = readUnsigned(reader, field, tag);
  if (magnitude.length > 4) throw formatError(field, { expected: 'at most 32 bits' });
  return magnitude.reduce((value, byte) => value * 0x100 + byte, 0);
}

export function readBoolean(reader: DerReader, field: string): boolean {
  const { contents } = reader.next(derTag.boolean, field);
  if (contents.length !== 1 || (contents[0] !== 0 && contents[0] !== 0xff)) {
    throw formatError(field, { expected: 'a DER boolean' });
  }
  return contents[0] === 0xff;
}

export function readOid(reader: DerReader, field: string): string {
  const { contents } = reader.next(derTag.oid, field);
  const arcs: number[] = [];
  let arc = 0;
  let atArcStart = true;
  for (const byte of contents) {
    if ((atArcStart && byte === 0x80) || arc > 0x1f_ffff)
      throw formatError(field, { expected: 'a minimal OID' });
    arc = arc * 0x80 + (byte & 0x7f);
    atArcStart = byte < 0x80;
    if (!atArcStart) continue;
    arcs.push(arc);
    arc = 0;
  }
  const first = arcs[0];
  if (first === undefined || !atArcStart) throw formatError(field, { expected: 'a complete OID' });
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...arcs.slice(1)].join('.');
}

/** Contents of a BIT STRING whose last byte is fully used. */
export function readWholeBitString(reader: DerReader, field: string): Uint8Array {
  const { contents } = reader.next(derTag.bitString, field);
  if (contents[0] !== 0) throw formatError(field, { expected: 'a bit string of whole bytes' });
  return contents.subarray(1);
}

/** RFC 5280 §4.1.2.5: years 1950–2049 as UTCTime, all others as GeneralizedTime, both to the second and in Z. */
export function readTime(reader: DerReader, field: string): number {
  const element = reader.any(field);
  const text = Buffer.from(element.contents).toString('latin1');
  const match = timePattern(element).exec(text);
  if (match === null) throw formatError(field, { expected: 'a DER time', actual: text.slice(0, 20) });
  const [rawYear = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const isShort = element.tag === derTag.utcTime;
  const year = isShort ? rawYear + (rawYear < 50 ? 2000 : 1900) : rawYear;
  if (!isShort && year >= 1950 && year <= 2049) throw formatError(field, { expected: 'UTCTime before 2050' });
  return utcToUnixSec(year, month, day, hour, minute, second);
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) as 32-byte r ‖ 32-byte s. */
export function readP256Signature(der: Uint8Array, field: string): Uint8Array {
  const reader = enterDer(der, derTag.sequence, field);
  const signature = new Uint8Array(64);
  for (const [name, end] of [
    ['r', 32],
    ['s', 64],
  ] as const) {
    const magnitude = readUnsigned(reader, `${field}, ${name}`);
    if (magnitude.length > 32) throw formatError(`${field}, ${name}`, { expected: 'at most 32 bytes' });
    signature.set(magnitude, end - magnitude.length);
  }
  reader.finish();
  return signature;
}

function timePattern(element: DerElement): RegExp {
  if (element.tag === derTag.utcTime) return /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  if (element.tag === derTag.generalizedTime) return /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  throw formatError('time', { expected: 'UTCTime or GeneralizedTime', actual: `tag ${element.tag}` });
}
