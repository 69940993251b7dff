import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts';
import { sha256 } from '../crypto/index.ts';
import type { QuoteParts } from './parse-quote.ts';

/**
 * SHA-256(signed bytes ‖ declared authentication data with its size ‖ SHA-256 of the GPU evidence, or zero).
 * Padding behind the quote and collateral are left out: they are unsigned, or change without the quote.
 */
export function evidenceHash(
  quote: Pick<QuoteParts, 'signedBytes' | 'authenticationData'>,
  gpuEvidenceSha256: Uint8Array = new Uint8Array(32),
): Hex {
  return bytesToHex(sha256(quote.signedBytes, quote.authenticationData, gpuEvidenceSha256));
}

/** keccak256(PPID): the public name of one physical platform. */
export function platformIdOf(ppid: Hex): Hex {
  return bytesToHex(keccak_256(hexToBytes(ppid, 16)));
}
