import type { Hex } from '@hearth/attestation/receipt';
import { bytesToHex } from '@noble/hashes/utils.js';
import { effectiveAskIn, KEY_BYTES, uint32 } from './pool-key.ts';

/**
 * What a pool's tree says of an ask, 91 bytes: `u32 e ‖ askId ‖ u32 multiplierPpm ‖ u24 qualityPpm ‖ provider ‖ region, 6
 * ASCII bytes ‖ u32 maxContextTokens ‖ u48 timestampMs ‖ u48 fromMs ‖ u48 untilMs`. All that a request decides about stands
 * here; an ask that the log lets sell to nobody has no leaf.
 */
export interface PoolLeaf {
  readonly effectiveAsk: number;
  readonly askId: Hex;
  readonly multiplierPpm: number;
  readonly qualityPpm: number;
  readonly provider: Hex;
  readonly region: string;
  readonly maxContextTokens: number;
  readonly timestampMs: number;
  /** From when it competes: it stands, and its node is not ejected. */
  readonly fromMs: number;
  /** 2^48 − 1 where it has no end. */
  readonly untilMs: number;
}

export const LEAF_BYTES = 91;
const NO_END = 2 ** 48 - 1;
const [MULTIPLIER, QUALITY, PROVIDER, REGION, CONTEXT, TIMESTAMP, FROM, UNTIL] = [
  KEY_BYTES,
  40,
  43,
  63,
  69,
  73,
  79,
  85,
] as const;

/** Ids as bytes, everything else as in `PoolLeaf`. */
export type LeafParts = Omit<PoolLeaf, 'askId' | 'provider'> & {
  readonly askId: Uint8Array;
  readonly provider: Uint8Array;
};

export function leafBytes(parts: LeafParts): Uint8Array {
  const leaf = new Uint8Array(LEAF_BYTES);
  const view = new DataView(leaf.buffer);
  view.setUint32(0, parts.effectiveAsk);
  leaf.set(parts.askId, 4);
  view.setUint32(MULTIPLIER, parts.multiplierPpm);
  view.setUint32(QUALITY - 1, (leaf[QUALITY - 1] as number) * 2 ** 24 + parts.qualityPpm);
  leaf.set(parts.provider, PROVIDER);
  for (let i = 0; i < parts.region.length; i += 1) leaf[REGION + i] = parts.region.charCodeAt(i);
  view.setUint32(CONTEXT, parts.maxContextTokens);
  setUint48(view, TIMESTAMP, parts.timestampMs);
  setUint48(view, FROM, Math.min(parts.fromMs, NO_END));
  setUint48(view, UNTIL, Math.min(parts.untilMs, NO_END));
  return leaf;
}

/** @param leaf of 91 bytes */
export function parseLeaf(leaf: Uint8Array): PoolLeaf {
  const view = new DataView(leaf.buffer, leaf.byteOffset);
  return {
    effectiveAsk: effectiveAskIn(leaf),
    askId: hexOf(leaf.subarray(4, KEY_BYTES)),
    multiplierPpm: view.getUint32(MULTIPLIER),
    qualityPpm: view.getUint32(QUALITY - 1) % 2 ** 24,
    provider: hexOf(leaf.subarray(PROVIDER, REGION)),
    region: regionIn(leaf),
    maxContextTokens: contextIn(leaf),
    timestampMs: uint48(view, TIMESTAMP),
    fromMs: uint48(view, FROM),
    untilMs: uint48(view, UNTIL),
  };
}

/** Its two letters. */
export const countryIn = (leaf: Uint8Array) => [leaf[REGION], leaf[REGION + 1]] as [number, number];

function regionIn(leaf: Uint8Array): string {
  const code = leaf.subarray(REGION, CONTEXT);
  const end = code.indexOf(0);
  return String.fromCharCode(...code.subarray(0, end < 0 ? code.length : end));
}

export const contextIn = (leaf: Uint8Array): number => uint32(leaf, CONTEXT);

const hexOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

const uint48 = (view: DataView, at: number): number => view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
