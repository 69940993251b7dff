import { randomBytes } from 'node:crypto';
import { addressOf, type Hex, signDigest } from '@hearth/attestation/receipt';

/** The secp256k1 key that signs receipts. Born here, never exported, gone with the process. */
export interface EnclaveKey {
  readonly address: Hex;
  /** Signs a 32-byte digest. @returns r ‖ s ‖ v as hex */
  sign(digest: Hex): Hex;
  wipe(): void;
}

export function createEnclaveKey(entropy: (bytes: number) => Uint8Array = randomBytes): EnclaveKey {
  const secret = validSecret(entropy);
  return {
    address: addressOf(secret),
    sign: (digest) => signDigest(digest, secret),
    wipe: () => {
      secret.fill(0);
    },
  };
}

/** All but 2^-128 of the 32-byte strings are valid scalars. */
function validSecret(entropy: (bytes: number) => Uint8Array): Uint8Array {
  for (;;) {
    const secret = Uint8Array.from(entropy(32));
    try {
      addressOf(secret);
      return secret;
    } catch {
      secret.fill(0);
    }
  }
}
