import { fromHex, type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import { randomBytes } from '../crypto/index.ts';
import { concatBytes, utf8 } from './big-endian.ts';
import { CEK_BYTES } from './wire-limits.ts';

/** A fresh content encryption key: one per job, kept by the buyer for opening commitments later. */
export const newCek = (): Uint8Array => randomBytes(CEK_BYTES);

/**
 * `SHA-256("hearth sealed-job/1 cek" ‖ CEK)`. AES-GCM does not commit to its key: without this, one ciphertext could
 * be made to show two enclaves two different prompts.
 */
export const cekCommit = (cek: Uint8Array): Hex => toHex(sha256(utf8('hearth sealed-job/1 cek'), cek));

/** HPKE `info`: binds the wrapped key to the whole signed header and to the one key it is meant for. */
export const requestInfo = (jobHeaderHash: Hex, keyId: Hex): Uint8Array =>
  concatBytes(utf8('hearth sealed-job/1 request'), Uint8Array.of(0), fromHex(jobHeaderHash), fromHex(keyId));

export const CEK_AAD = utf8('cek');
export const RESPONSE_EXPORTER_CONTEXT = utf8('hearth sealed-job/1 response');
