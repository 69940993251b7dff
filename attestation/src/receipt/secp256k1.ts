import { keccak_256 } from '@noble/hashes/sha3.js';
import { engine } from '#secp256k1-engine';
import { fromHex, type Hex, toHex } from './hex.ts';

/** secp256k1 over 32-byte digests. Signatures are r ‖ s ‖ v, low-s, v in {27, 28}. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Ethereum address of a 32-byte private key. */
export function addressOf(privateKey: Uint8Array): Hex {
  const publicKey = engine.publicKeyOf(privateKey);
  if (!publicKey) throw new TypeError('not a valid secp256k1 private key');
  return addressOfPublicKey(publicKey);
}

/** Deterministic (RFC 6979), low-s. @returns 65 bytes as hex. */
export function signDigest(digest: Hex, privateKey: Uint8Array): Hex {
  const { signature, recoveryId } = engine.sign(fromHex(digest), privateKey);
  return toHex(Uint8Array.of(...signature, 27 + recoveryId));
}

/** The signer's address, or undefined for anything that is not a well-formed low-s signature. */
export function recoverSigner(digest: Hex, signature: Hex): Hex | undefined {
  const bytes = /^0x[0-9a-fA-F]{130}$/.test(signature) ? fromHex(signature) : undefined;
  const v = bytes?.[64];
  if (!bytes || (v !== 27 && v !== 28)) return undefined;
  if (BigInt(toHex(bytes.subarray(32, 64))) > HALF_ORDER) return undefined;
  const publicKey = engine.recover(fromHex(digest), bytes.subarray(0, 64), v === 28 ? 1 : 0);
  return publicKey && addressOfPublicKey(publicKey);
}

/** Whether `signature` over `digest` was made by `signer` (addresses compared without regard to case). */
export function isSignedBy(digest: Hex, signature: Hex, signer: Hex): boolean {
  return recoverSigner(digest, signature) === signer.toLowerCase();
}

function addressOfPublicKey(uncompressed: Uint8Array): Hex {
  return toHex(keccak_256(uncompressed.subarray(1)).subarray(12));
}
