import type { Hex } from '@hearth/attestation/receipt';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Beacon } from '../protocol/beacon.ts';

/** The 32 bytes that ties are broken with, and before when an ask must have been logged to compete. */
export interface TieBreak {
  readonly blockHash: Hex;
  readonly timestampMs: number;
}

/** Of a block its hash; of a drand round the hash of its signature, which drand calls its randomness. */
export function tieBreakOf(beacon: Beacon): TieBreak {
  const { timestampMs } = beacon;
  if ('blockHash' in beacon) return { blockHash: beacon.blockHash, timestampMs };
  return { blockHash: `0x${bytesToHex(sha256(hexToBytes(beacon.signature.slice(2))))}`, timestampMs };
}
