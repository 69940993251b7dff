import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concatBytes } from '@noble/hashes/utils.js';
import type { Secp256k1Engine } from './secp256k1-engine.ts';

/** Plain JavaScript: a browser loads WASM asynchronously, and a page signs and checks few receipts. */
export const engine: Secp256k1Engine = {
  publicKeyOf: (privateKey) =>
    secp256k1.utils.isValidSecretKey(privateKey) ? secp256k1.getPublicKey(privateKey, false) : undefined,
  sign: (digest, privateKey) => {
    const [recoveryId = 0, ...signature] = secp256k1.sign(digest, privateKey, {
      prehash: false,
      format: 'recovered',
    });
    return { signature: Uint8Array.from(signature), recoveryId };
  },
  recover: (digest, signature, recoveryId) => {
    try {
      const recoverable = concatBytes(Uint8Array.of(recoveryId), signature);
      const point = secp256k1.Signature.fromBytes(recoverable, 'recovered').recoverPublicKey(digest);
      return point.toBytes(false);
    } catch {
      return undefined; // r or s out of range, or no point has this x
    }
  },
};
