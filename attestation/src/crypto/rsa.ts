import { engine } from '#crypto-engine';
import type { HashName, RsaPublicKey, RsaScheme } from './engine.ts';
import { verifyOnce } from './known-signatures.ts';
import { isBelow } from './magnitude.ts';

/** Below, factoring is within reach; above, a hostile key makes each verification dear. */
const modulusBits = { min: 2048, max: 8192 };

/**
 * RSASSA-PSS or RSASSA-PKCS1-v1_5 (RFC 8017 §8.1.2, §8.2.2) over `message`. False, never an exception, for a
 * signature of another length than the modulus or not below it, or for a key that `isUsableRsaKey` refuses.
 */
export function verifyRsa(
  scheme: RsaScheme,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  key: RsaPublicKey,
): boolean {
  const { modulus, exponent } = key;
  if (!isUsableRsaKey(key) || signature.length !== modulus.length) return false;
  if (!isBelow(signature, modulus)) return false;
  return verifyOnce(
    `rsa ${scheme} ${hash} ${modulus.length} ${exponent.length}`,
    [modulus, exponent, signature, message],
    () => engine.verifyRsa(scheme, hash, message, signature, key),
  );
}

/** An odd modulus of 2048 to 8192 bits and an odd exponent from 3 to 2³² − 1, both without leading zero bytes. */
export function isUsableRsaKey({ modulus, exponent }: RsaPublicKey): boolean {
  const bits = bitLength(modulus);
  if (bits < modulusBits.min || bits > modulusBits.max || !isOdd(modulus)) return false;
  return exponent.length <= 4 && bitLength(exponent) >= 2 && isOdd(exponent);
}

/** 0 for bytes that do not start with a used one: such an encoding is not minimal. */
function bitLength(magnitude: Uint8Array): number {
  const [first] = magnitude;
  return first ? magnitude.length * 8 - (Math.clz32(first) - 24) : 0;
}

function isOdd(magnitude: Uint8Array): boolean {
  return magnitude.subarray(-1).some((last) => (last & 1) === 1);
}
