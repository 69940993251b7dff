import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { BoundedMap } from '../bytes/bounded-map.ts';

/** NIST P-256 (FIPS 186-5, SEC 2 §2.4.2). */
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the 0x04 byte. */
const spkiPrefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** Vendor keys come back with every quote, and importing one costs half a verification. */
const importedKeys = new BoundedMap<KeyObject>(64);
/** What verified once verifies for ever. Only successes are kept, so no input can plant a refusal. */
const knownSignatures = new BoundedMap<true>(256);

/**
 * ECDSA P-256 with SHA-256 over `message`; `publicKey` is x ‖ y (64 bytes), `signature` r ‖ s (64 bytes).
 * High s is accepted: 34 of 39 genuine DCAP sets carry one, so a signature's bytes are never an identity.
 * False, never an exception, for a point off the curve or r, s outside 1..n−1.
 */
export function verifyP256(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 64) return false;
  const name = createHash('sha256').update(publicKey).update(signature).update(message).digest('base64');
  if (knownSignatures.get(name)) return true;
  if (!isScalar(signature.subarray(0, 32)) || !isScalar(signature.subarray(32))) return false;
  const key = importKey(publicKey);
  if (key === undefined || !verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature))
    return false;
  knownSignatures.set(name, true);
  return true;
}

/** Undefined for bytes that are no point of the curve. */
function importKey(publicKey: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(publicKey).toString('latin1');
  const known = importedKeys.get(name);
  if (known !== undefined) return known;
  if (!isOnP256(publicKey)) return undefined;
  const der = Buffer.concat([spkiPrefix, Buffer.of(4), publicKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  importedKeys.set(name, key);
  return key;
}

/** Whether x ‖ y is an affine point of the curve (the point at infinity has no such form). */
export function isOnP256(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 64) return false;
  const x = toBigInt(publicKey.subarray(0, 32));
  const y = toBigInt(publicKey.subarray(32));
  return x < prime && y < prime && (y * y - (x * x * x - 3n * x + b)) % prime === 0n;
}

function isScalar(bytes: Uint8Array): boolean {
  const scalar = toBigInt(bytes);
  return scalar > 0n && scalar < order;
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
