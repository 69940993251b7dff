import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { equalBytes } from '../bytes/equal-bytes.ts';
import { bareHexToBytes, bytesToHex } from '../bytes/hex.ts';
import type { HashName, RsaPublicKey, RsaScheme } from './engine.ts';

const hashes = { sha256, sha384, sha512 };

/** RSA verification in plain code for browsers (RFC 8017 §8.1.2, §8.2.2). Nothing here is secret. */
export function verifyRsa(
  scheme: RsaScheme,
  hash: HashName,
  message: Uint8Array,
  signature: Uint8Array,
  { modulus, exponent }: RsaPublicKey,
): boolean {
  const n = toBigInt(modulus);
  const encoded = toBytes(power(toBigInt(signature), toBigInt(exponent), n), modulus.length);
  const digest = hashes[hash](message);
  if (scheme === 'pkcs1') return equalBytes(encoded, encodePkcs1(hash, digest, modulus.length));
  return isPssEncoding(hash, digest, encoded, n.toString(2).length - 1);
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2) with MGF1 over the same hash and a salt of the hash's length. */
function isPssEncoding(hash: HashName, digest: Uint8Array, encoded: Uint8Array, emBits: number): boolean {
  const emLength = Math.ceil(emBits / 8);
  // With a modulus of 8k + 1 bits the encoding is one byte shorter than the modulus.
  const surplus = encoded.subarray(0, encoded.length - emLength);
  const em = encoded.subarray(encoded.length - emLength);
  const maskedDb = em.subarray(0, emLength - digest.length - 1);
  const h = em.subarray(maskedDb.length, emLength - 1);
  const unusedBits = 8 * emLength - emBits;
  if (surplus.some((byte) => byte !== 0) || em.at(-1) !== 0xbc) return false;
  // What the modulus leaves no room for must be zero, and is not covered by the mask.
  if (maskedDb.subarray(0, 1).some((top) => top >> (8 - unusedBits) !== 0)) return false;
  const mask = mgf1(hash, h, maskedDb.length);
  const db = mask.map((byte, index) => byte ^ (maskedDb[index] as number));
  db.set(db.subarray(0, 1).map((top) => top & (0xff >> unusedBits)));
  const saltAt = db.length - digest.length;
  const padding = new Uint8Array(saltAt);
  padding[saltAt - 1] = 1;
  if (!equalBytes(db.subarray(0, saltAt), padding)) return false;
  return equalBytes(h, hashes[hash](concatBytes(new Uint8Array(8), digest, db.subarray(saltAt))));
}

/** RFC 8017 §B.2.1. */
function mgf1(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * hashes[hash].outputLen < length; counter += 1) {
    blocks.push(hashes[hash](concatBytes(seed, Uint8Array.of(0, 0, 0, counter)))); // a modulus needs < 256 blocks
  }
  return concatBytes(...blocks).subarray(0, length);
}

/** DigestInfo up to the digest (RFC 8017 §9.2, note 1); the form without NULL parameters is not accepted. */
const digestInfoPrefix: Readonly<Record<HashName, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** EMSA-PKCS1-v1_5. Encoding and comparing whole leaves nothing to parse, and so nothing for Bleichenbacher '06. */
function encodePkcs1(hash: HashName, digest: Uint8Array, length: number): Uint8Array {
  const info = concatBytes(bareHexToBytes(digestInfoPrefix[hash]), digest);
  const padding = new Uint8Array(length - info.length - 3).fill(0xff);
  return concatBytes(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info);
}

/** Square and multiply from the exponent's highest bit. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(bytesToHex(bytes));
}

function toBytes(integer: bigint, length: number): Uint8Array {
  return bareHexToBytes(integer.toString(16).padStart(2 * length, '0'));
}
