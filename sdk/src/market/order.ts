import type { Hex } from '@hearth/attestation/receipt';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

export const NEWCOMER_QUALITY_PPM = 886_000;
const LOWEST_QUALITY_PPM = 500_000;
const HIGHEST_QUALITY_PPM = 1_000_000;

/** Quality of a platform, in [500 000, 1 000 000]; 886 000 before it has any record. */
export function qualityOf(
  platformId: Hex,
  qualityPpmByPlatform: Pick<ReadonlyMap<Hex, number>, 'get'>,
): number {
  return clampedQuality(qualityPpmByPlatform.get(platformId) ?? NEWCOMER_QUALITY_PPM);
}

/** No table entry counts outside [500 000, 1 000 000]. */
export function clampedQuality(qualityPpm: number): number {
  return Math.min(HIGHEST_QUALITY_PPM, Math.max(LOWEST_QUALITY_PPM, qualityPpm));
}

/** `e = ceil(multiplierPpm × 10^6 / qualityPpm)`; the product stays far below 2^53 because a multiplier is at most 10^9. */
export function effectiveAskCeil(multiplierPpm: number, qualityPpm: number): number {
  const scaled = multiplierPpm * 1_000_000;
  const rest = scaled % qualityPpm;
  return (scaled - rest) / qualityPpm + (rest === 0 ? 0 : 1);
}

export interface Contender {
  readonly askId: Hex;
  readonly effectiveAsk: number;
}

/**
 * Compares two contenders for one request: lowest effective ask first, then lowest tie rank
 * `SHA-256(beacon ‖ requestId ‖ askId)`. The ask was logged before the block existed and the request carries the buyer's
 * salt, so neither node, buyer nor operator can grind it.
 */
export function meritOrder(beaconBlockHash: Hex, requestId: Hex): (a: Contender, b: Contender) => number {
  const ranks = new Map<Hex, string>();
  let deal: ReturnType<typeof sha256.create> | undefined;
  const rank = (askId: Hex): string => {
    const known = ranks.get(askId);
    if (known !== undefined) return known;
    deal ??= sha256.create().update(bytes32(beaconBlockHash)).update(bytes32(requestId));
    const ranked = bytesToHex(deal.clone().update(bytes32(askId)).digest());
    ranks.set(askId, ranked);
    return ranked;
  };
  return (a, b) => a.effectiveAsk - b.effectiveAsk || (rank(a.askId) < rank(b.askId) ? -1 : 1);
}

function bytes32(hex: Hex): Uint8Array {
  const bytes = hexToBytes(hex.slice(2));
  if (bytes.length !== 32) throw new RangeError(`expected 32 bytes, got ${bytes.length}`);
  return bytes;
}
