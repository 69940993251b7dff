import { type Hex, sha256 } from '@hearth/attestation/receipt';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';

/** Every tier of `protocol/enums.ts`: a pool each. */
export const TIERS = [0, 1, 2];

/** Every clearing asks for the pools of its model; buyers may name any, so that beyond this many all are forgotten. */
const MOST_KNOWN = 4_096;
const known = new Map<string, Hex>();

/**
 * `SHA-256(modelDigest ‖ u8 tier ‖ u8 class)`: whose receipts set each other's window price. What a buyer asks for
 * never defines a pool, else a buyer could trade in a pool of its own.
 */
export function poolId(modelDigest: Hex, tier: number, jobClass: number): Hex {
  const name = `${modelDigest}/${tier}/${jobClass}`;
  const earlier = known.get(name);
  if (earlier !== undefined) return earlier;
  const preimage = concatBytes(hexToBytes(modelDigest.slice(2)), Uint8Array.of(tier, jobClass));
  const id: Hex = `0x${bytesToHex(sha256(preimage))}`;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, id);
  return id;
}
