import { type Hex, hexToBytes } from '../bytes/hex.ts';
import { textToUtf8 } from '../bytes/text.ts';
import { sha256 } from '../crypto/index.ts';

/**
 * What a tier 2 enclave asks its GPUs: SHA-256("hearth gpu" ‖ enclaveKey ‖ anchorBlockHash). The block makes it fresh,
 * the key makes it this enclave's. One nonce for all devices: each signs it together with its own identity.
 */
export function hearthGpuNonce(enclaveKey: Hex, anchorBlockHash: Hex): Uint8Array {
  return sha256(textToUtf8('hearth gpu'), hexToBytes(enclaveKey, 20), hexToBytes(anchorBlockHash, 32));
}

/** For any other verifier with a 32-byte nonce: SHA-256("hearth bound/1 gpu" ‖ 0 ‖ nonce ‖ u32 index, big-endian). */
export function boundGpuNonce(nonce: Hex, index: number): Uint8Array {
  const counter = new Uint8Array(4);
  new DataView(counter.buffer).setUint32(0, index);
  return sha256(textToUtf8('hearth bound/1 gpu\0'), hexToBytes(nonce, 32), counter);
}
