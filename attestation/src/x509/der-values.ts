import { latin1ToText } from '../bytes/text.ts';
import { utcToUnixSec } from '../bytes/utc-time.ts';
import { formatError } from '../errors.ts';
import { type DerReader, derTag, enterDer } from './der-reader.ts';

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

/** NULL, as the parameters of an algorithm. */
export function readNull(reader: DerReader, field: string): void {
  if (reader.next(derTag.null, field).contents.length > 0)
    throw formatError(field, { expected: 'an empty NULL' });
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

/** `rfc5280`: years 1950–2049 as UTCTime, all others as GeneralizedTime (§4.1.2.5). `either-form`: any year so. */
export type TimeForm = 'rfc5280' | 'either-form';

/** Unix seconds of a UTCTime or GeneralizedTime, both to the second and in Z. */
export function readTime(reader: DerReader, field: string, form: TimeForm = 'rfc5280'): number {
  if (reader.peekTag() === derTag.generalizedTime) {
    const unixSec = readGeneralizedTime(reader, field);
    if (form === 'rfc5280' && unixSec >= year1950 && unixSec < year2050) {
      throw formatError(field, { expected: 'UTCTime before 2050' });
    }
    return unixSec;
  }
  const text = latin1ToText(reader.next(derTag.utcTime, field).contents);
  const year = Number(text.slice(0, 2));
  return readDigits(`${year < 50 ? 20 : 19}${text}`, field);
}

/** GeneralizedTime of any year, as OCSP writes all its times (RFC 6960 §4.2.2.1). */
export function readGeneralizedTime(reader: DerReader, field: string): number {
  return readDigits(latin1ToText(reader.next(derTag.generalizedTime, field).contents), field);
}

const year1950 = Date.UTC(1950, 0) / 1000;
const year2050 = Date.UTC(2050, 0) / 1000;

function readDigits(text: string, field: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) throw formatError(field, { expected: 'a DER time', actual: text.slice(0, 20) });
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return utcToUnixSec(year, month, day, hour, minute, second);
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) as r ‖ s, each of `size` bytes. */
export function readEcdsaSignature(der: Uint8Array, size: number, field: string): Uint8Array {
  const reader = enterDer(der, derTag.sequence, field);
  const signature = new Uint8Array(2 * size);
  for (const [name, end] of [
    ['r', size],
    ['s', 2 * size],
  ] as const) {
    const magnitude = readUnsigned(reader, `${field}, ${name}`);
    if (magnitude.length > size)
      throw formatError(`${field}, ${name}`, { expected: `at most ${size} bytes` });
    signature.set(magnitude, end - magnitude.length);
  }
  reader.finish();
  return signature;
}
