import { engine } from '#crypto-engine';
import type { EcdsaCurve, HashName } from './engine.ts';
import { verifyOnce } from './known-signatures.ts';
import { isOnCurve, isSignatureInRange, nistCurves } from './nist-curve.ts';

/**
 * ECDSA over `message`; `publicKey` is x ‖ y and `signature` r ‖ s, big-endian, 64 bytes for P-256 and 96 for P-384.
 * High s is accepted: 34 of 39 genuine DCAP sets carry one, so a signature's bytes are never an identity.
 * False, never an exception, for another length, a point off the curve, or r, s outside 1..n−1.
 */
export function verifyEcdsa(
  curve: EcdsaCurve,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const length = 2 * nistCurves[curve].size;
  if (signature.length !== length || publicKey.length !== length) return false;
  return verifyOnce(`ecdsa ${curve} ${hash}`, [publicKey, signature, message], () =>
    verifyFreshEcdsa(curve, hash, message, signature, publicKey),
  );
}

/**
 * The same without remembering: for what is signed once, such as a quote, so that it does not push out vendor
 * signatures.
 */
export function verifyFreshEcdsa(
  curve: EcdsaCurve,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return (
    isSignatureInRange(curve, signature) &&
    isOnCurve(curve, publicKey) &&
    engine.verifyEcdsa(curve, hash, message, signature, publicKey)
  );
}
