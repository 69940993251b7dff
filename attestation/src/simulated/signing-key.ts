import { createHash } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { sequence, unsigned } from './der-writer.ts';

/** A P-256 key whose signatures are the same bytes every time (RFC 6979), so that simulated evidence is stable. */
export type SigningKey = {
  /** x ‖ y. */
  readonly publicKey: Uint8Array;
  /** r ‖ s over SHA-256 of the message. High s stays as it falls: genuine evidence has it too. */
  sign(message: Uint8Array): Uint8Array;
};

export function createSigningKey(secretKey: Uint8Array): SigningKey {
  return {
    publicKey: p256.getPublicKey(secretKey, false).slice(1),
    sign: (message) => p256.sign(message, secretKey, { lowS: false, extraEntropy: false }),
  };
}

/** SHA-256(text) mod n, the way every simulated key comes from its label. */
export function deriveSecretKey(label: string): Uint8Array {
  const scalar = BigInt(`0x${createHash('sha256').update(label).digest('hex')}`) % p256.Point.Fn.ORDER;
  return Uint8Array.from(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex'));
}

/** ECDSA-Sig-Value. */
export function derSignature(rs: Uint8Array): Uint8Array {
  return sequence(unsigned(rs.subarray(0, 32)), unsigned(rs.subarray(32)));
}
