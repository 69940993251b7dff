import { type Hex, sha256 } from '@hearth/attestation/receipt';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';

/** Every tier of `protocol/enums.ts`: a pool each. */
export const TIERS = [0, 1, 2];

/**
 * `SHA-256(modelDigest ‖ u8 tier ‖ u8 class)`: whose receipts set each other's window price. What a buyer asks for
 * never defines a pool, else a buyer could trade in a pool of its own.
 */
export function poolId(modelDigest: Hex, tier: number, jobClass: number): Hex {
  return `0x${bytesToHex(sha256(concatBytes(hexToBytes(modelDigest.slice(2)), Uint8Array.of(tier, jobClass))))}`;
}
