import { p256, p384 } from '@noble/curves/nist.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import type { CryptoEngine, EcdsaCurve, HashName } from './engine.ts';
import { verifyRsa } from './rsa-padding.ts';

/** Synchronous and self-contained: WebCrypto is asynchronous, and absent outside secure contexts. */
export const engine: CryptoEngine = { digest, fingerprint, verifyEcdsa, verifyRsa };

const hashes = { sha256, sha384, sha512 };
const curves = { p256, p384 };

function digest(hash: HashName, parts: readonly Uint8Array[]): Uint8Array {
  const [only = new Uint8Array(), ...others] = parts;
  return hashes[hash](others.length === 0 ? only : concatBytes(only, ...others));
}

function fingerprint(parts: readonly Uint8Array[]): string {
  return bytesToHex(digest('sha256', parts));
}

function verifyEcdsa(
  curve: EcdsaCurve,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const point = concatBytes(Uint8Array.of(4), publicKey);
  // noble's default lowS would refuse a third of all genuine quotes.
  const options = { prehash: false, lowS: false, format: 'compact' } as const;
  return curves[curve].verify(signature, hashes[hash](message), point, options);
}
