import { fromHex, type Hex } from '@hearth/attestation/receipt';
import { concatBytes, utf8 } from './big-endian.ts';
import { hkdfSha256 } from './cipher/index.ts';

/** AES-256-GCM key and first nonce of one direction of one job. */
export interface FrameKeys {
  readonly key: Uint8Array;
  readonly nonce0: Uint8Array;
}

/** HKDF-SHA256 with salt = job header hash: the body opens only under the header that the buyer signed. */
export const requestFrameKeys = (cek: Uint8Array, jobHeaderHash: Hex): FrameKeys =>
  frameKeys(cek, fromHex(jobHeaderHash), 'req');

/**
 * From the HPKE exporter, so another recipient of the same job, which knows the CEK, can neither read nor forge this
 * enclave's answer.
 */
export const responseFrameKeys = (secret: Uint8Array, enc: Uint8Array, nonce: Uint8Array): FrameKeys =>
  frameKeys(secret, concatBytes(enc, nonce), 'res');

function frameKeys(secret: Uint8Array, salt: Uint8Array, direction: 'req' | 'res'): FrameKeys {
  const derive = (label: string, byteLength: number) =>
    hkdfSha256(secret, salt, utf8(`hearth sealed-job/1 ${direction} ${label}`), byteLength);
  return { key: derive('key', 32), nonce0: derive('nonce', 12) };
}
