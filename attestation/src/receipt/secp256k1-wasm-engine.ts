import * as secp from 'tiny-secp256k1';
import type { Secp256k1Engine } from './secp256k1-engine.ts';

/** libsecp256k1 compiled to WASM, for machines that have no native build of it: tenths of a millisecond instead of milliseconds. */
export const wasmEngine: Secp256k1Engine = {
  publicKeyOf: (privateKey) =>
    secp.isPrivate(privateKey) ? (secp.pointFromScalar(privateKey, false) ?? undefined) : undefined,
  sign: (digest, privateKey) => secp.signRecoverable(digest, privateKey),
  recover: (digest, signature, recoveryId) => {
    try {
      return secp.recover(digest, signature, recoveryId, false) ?? undefined;
    } catch {
      return undefined; // r or s out of range
    }
  },
};
