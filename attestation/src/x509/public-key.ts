import { equalBytes } from '../bytes/equal-bytes.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { type EcdsaCurve, isOnCurve, isUsableRsaKey } from '../crypto/index.ts';
import { formatError } from '../errors.ts';
import { type DerReader, derTag, enterDer } from './der-reader.ts';
import { readNull, readOid, readUnsigned, readWholeBitString } from './der-values.ts';
import { oid } from './oids.ts';

/** A point x ‖ y on its curve, or an RSA key of usable size (big-endian magnitudes). */
export type PublicKey =
  | { readonly algorithm: EcdsaCurve; readonly point: Uint8Array }
  | { readonly algorithm: 'rsa'; readonly modulus: Uint8Array; readonly exponent: Uint8Array };

/** Which keys a kind of certificate may hold. */
export type KeyKind = EcdsaCurve | 'rsa-4096';

export function isSameKey(a: PublicKey, b: PublicKey): boolean {
  if (a.algorithm === 'rsa') {
    return b.algorithm === 'rsa' && equalBytes(a.modulus, b.modulus) && equalBytes(a.exponent, b.exponent);
  }
  return a.algorithm === b.algorithm && equalBytes(a.point, b.point);
}

/** For messages: the curve's name and x ‖ y, or the modulus. */
export function describePublicKey(key: PublicKey): string {
  return `${key.algorithm} ${bytesToHex(key.algorithm === 'rsa' ? key.modulus : key.point)}`;
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 5480, RFC 3279 §2.3.1). */
export function readPublicKey(body: DerReader, allowed: readonly KeyKind[], thing: string): PublicKey {
  const info = body.enter(derTag.sequence, 'public key info');
  const algorithm = info.enter(derTag.sequence, 'key algorithm');
  const id = readOid(algorithm, `${thing}, key algorithm`);
  const kind = id === oid.ecPublicKey ? readCurve(algorithm, thing) : readRsa(algorithm, id, thing);
  algorithm.finish();
  if (!allowed.includes(kind)) {
    throw formatError(`${thing}, public key`, { expected: allowed.join(' or '), actual: kind });
  }
  const bits = readWholeBitString(info, `${thing}, public key`);
  info.finish();
  return kind === 'rsa-4096' ? readRsaKey(bits, thing) : readPoint(kind, bits, thing);
}

function readCurve(algorithm: DerReader, thing: string): EcdsaCurve {
  const id = readOid(algorithm, `${thing}, curve`);
  if (id === oid.prime256v1) return 'p256';
  if (id === oid.secp384r1) return 'p384';
  throw formatError(`${thing}, curve`, { expected: 'P-256 or P-384', actual: id });
}

function readRsa(algorithm: DerReader, id: string, thing: string): KeyKind {
  if (id !== oid.rsaEncryption) {
    throw formatError(`${thing}, key algorithm`, { expected: 'EC or RSA', actual: id });
  }
  readNull(algorithm, `${thing}, RSA parameters`);
  return 'rsa-4096';
}

function readPoint(curve: EcdsaCurve, bits: Uint8Array, thing: string): PublicKey {
  const point = bits.subarray(1);
  if (bits[0] !== 4 || !isOnCurve(curve, point)) {
    throw formatError(`${thing}, public key`, { expected: `an uncompressed point on ${curve}` });
  }
  return { algorithm: curve, point };
}

function readRsaKey(bits: Uint8Array, thing: string): PublicKey {
  const reader = enterDer(bits, derTag.sequence, `${thing}, RSA key`);
  const modulus = readUnsigned(reader, `${thing}, modulus`);
  const exponent = readUnsigned(reader, `${thing}, exponent`);
  reader.finish();
  const isFull = modulus.length === 512 && (modulus[0] ?? 0) >= 0x80;
  if (!isFull || !isUsableRsaKey({ modulus, exponent })) {
    throw formatError(`${thing}, public key`, { expected: 'a usable RSA key of 4096 bits' });
  }
  return { algorithm: 'rsa', modulus, exponent };
}
