import { sha256 } from '@hearth/attestation/receipt';
import { effectiveAskIn } from './pool-key.ts';
import { contextIn, countryIn } from './pool-leaf.ts';

/**
 * What a pool's tree says of a part of it, 52 bytes: `u32 lowest effective ask ‖ 4 sets of countries, 4 bytes each ‖ hash`. In
 * the k-th set stands each country (`countryBit`; bit n is bit n mod 8 of byte n div 8) where an ask of at least
 * `CONTEXT_TOKENS[k]` lies below. So a part without an ask that serves a request can be hidden, and is seen to have none.
 */
export const DIGEST_BYTES = 52;
const SETS = 4;
const HASH = 20;
const CONTEXT_TOKENS = [0, 4_096, 16_384, 65_536];

/** The asks that decide a clearing: those of at most this effective ask that its request admits by region and context. */
export interface Sought {
  readonly upTo: number;
  readonly regions: readonly string[];
  readonly contextTokens: number;
}

export const hashIn = (digest: Uint8Array): Uint8Array => digest.subarray(HASH);

/** The hash is of `0x00 ‖ leaf`. */
export function leafDigest(leaf: Uint8Array): Uint8Array {
  const digest = new Uint8Array(DIGEST_BYTES);
  digest.set(leaf.subarray(0, 4));
  const country = countryBit(countryIn(leaf));
  const contextTokens = contextIn(leaf);
  for (let set = 0; set < SETS && contextTokens >= (CONTEXT_TOKENS[set] as number); set += 1)
    digest[4 * (set + 1) + (country >> 3)] = 1 << (country & 7);
  digest.set(sha256(Uint8Array.of(0), leaf), HASH);
  return digest;
}

/** Of two parts side by side, the better one left: the hash is of `0x01 ‖ left ‖ right`. */
export function joinedDigest(left: Uint8Array, right: Uint8Array): Uint8Array {
  const digest = new Uint8Array(DIGEST_BYTES);
  digest.set(left.subarray(0, 4));
  for (let at = 4; at < HASH; at += 1) digest[at] = (left[at] as number) | (right[at] as number);
  digest.set(sha256(Uint8Array.of(1), left, right), HASH);
  return digest;
}

/** Whether one of the asks that are sought may lie in a part. Never says no where one does. */
export function mayHold({ upTo, regions, contextTokens }: Sought): (digest: Uint8Array) => boolean {
  const places = new Uint8Array(4).fill(regions.length === 0 ? 255 : 0);
  for (const region of regions) {
    const country = countryBit([region.charCodeAt(0), region.charCodeAt(1)]);
    places[country >> 3] = (places[country >> 3] as number) | (1 << (country & 7));
  }
  const at = 4 * (CONTEXT_TOKENS.findLastIndex((tokens) => tokens <= contextTokens) + 1);
  return (digest) =>
    effectiveAskIn(digest) <= upTo && places.some((wanted, i) => (wanted & (digest[at + i] as number)) !== 0);
}

/** One of 32, for the two letters of a country: those of Europe fall on 25 different ones. */
function countryBit([first, second]: readonly [number, number]): number {
  return (first + 6 * second) & 31;
}
