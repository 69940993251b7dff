import type { MarketAsk } from './clearing-input.ts';

/** A dearer ask stands this long after its timestamp; a cheaper one at the next checkpoint. */
const PRICE_RISE_DELAY_MS = 10_000;

/**
 * From when an ask stands. Until then the one before it does, so nobody raises a price between a buyer's request and
 * its clearing. Against `standing`, the ask of the same node and class that stands at the timestamp; one for
 * another enclave or model is no earlier price of the same thing.
 */
export function standsFromMs(ask: MarketAsk, timestampMs: number, standing: MarketAsk | undefined): number {
  const isSameThing =
    standing !== undefined &&
    standing.enclaveKey === ask.enclaveKey &&
    standing.modelDigest === ask.modelDigest &&
    timestampMs < standing.validUntilMs;
  const isRise = isSameThing && ask.multiplierPpm > standing.multiplierPpm;
  return Math.max(ask.validFromMs, isRise ? timestampMs + PRICE_RISE_DELAY_MS : 0);
}
