import { constants, createPublicKey, hash as hashOnce, type KeyObject, verify } from 'node:crypto';
import { BoundedMap } from '../bytes/bounded-map.ts';
import type { CryptoEngine, EcdsaCurve, HashName, RsaPublicKey, RsaScheme } from './engine.ts';

/** OpenSSL through node:crypto: the fastest that Node has. */
export const engine: CryptoEngine = { digest, fingerprint, verifyEcdsa, verifyRsa };

/** SubjectPublicKeyInfo of an uncompressed point, up to the 0x04 byte. */
const spkiPrefix: Readonly<Record<EcdsaCurve, Buffer>> = {
  p256: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
  p384: Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex'),
};

/** Vendor keys come back with every piece of evidence, and importing one costs half a verification. */
const importedKeys = new BoundedMap<KeyObject>(64);

function digest(hash: HashName, parts: readonly Uint8Array[]): Uint8Array {
  return plainBytes(hashOnce(hash, joined(parts), 'buffer'));
}

function fingerprint(parts: readonly Uint8Array[]): string {
  return hashOnce('sha256', joined(parts), 'base64');
}

/** Copying costs less than the three calls of a hash that is fed piece by piece. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

/** Callers get the same type in Node and in a browser: a Buffer's methods differ from a Uint8Array's. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function verifyEcdsa(
  curve: EcdsaCurve,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const key = importOnce(`${curve} ${latin1(publicKey)}`, () =>
    createPublicKey(pem(Buffer.concat([spkiPrefix[curve], publicKey]))),
  );
  // For r ‖ s itself (`ieee-p1363`) Node takes half as long again as for DER.
  return verify(hash, message, key, ecdsaDer(signature));
}

/** A string is what Node imports fastest: of an object it first asks, by exceptions, whether it is a key already. */
function pem(spki: Buffer): string {
  return `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) of r ‖ s. */
function ecdsaDer(signature: Uint8Array): Uint8Array {
  const size = signature.length / 2;
  const r = derInteger(signature.subarray(0, size));
  const s = derInteger(signature.subarray(size));
  // At most 2 · (2 + 49) bytes, so one length byte is enough.
  return Buffer.concat([Uint8Array.of(0x30, r.length + s.length), r, s]);
}

function derInteger(magnitude: Uint8Array): Uint8Array {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Uint8Array.of(0) : magnitude.subarray(start);
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Uint8Array.of(0x02, sign.length + digits.length, ...sign, ...digits);
}

function verifyRsa(
  scheme: RsaScheme,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  { modulus, exponent }: RsaPublicKey,
): boolean {
  const jwk = { kty: 'RSA', n: base64Url(modulus), e: base64Url(exponent) };
  const key = importOnce(`rsa ${jwk.e} ${jwk.n}`, () => createPublicKey({ key: jwk, format: 'jwk' }));
  const padding =
    scheme === 'pss'
      ? {
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : { padding: constants.RSA_PKCS1_PADDING };
  return verify(hash, message, { key, ...padding }, signature);
}

function importOnce(name: string, load: () => KeyObject): KeyObject {
  const known = importedKeys.get(name);
  if (known !== undefined) return known;
  const key = load();
  importedKeys.set(name, key);
  return key;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
