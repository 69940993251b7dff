import type { TokenPrices } from './ask-price.ts';

/** Base prices of a model, µUSD per million tokens. */
export type CardPrices = { readonly input: number; readonly output: number };

/** The one multiplier that a node asks, and for how long it has stood. */
export type HeldAsk = { readonly multiplierPpm: number; readonly sinceMs: number };

/** Shorter, and buyers would chase an ask that follows every cloud. */
export const HOLD_MS = 5 * 60_000;
const STEP = 1.01;
/** Cheaper by less than this is not worth a new ask. */
const LOWER_BELOW = 1 / 1.02;
const MAX_MULTIPLIER_PPM = 1_000_000_000;

/** The multiplier at which neither input nor output sells below its price. */
export function multiplierFor(prices: TokenPrices, card: CardPrices): number {
  const needed = Math.max(
    card.input > 0 ? prices.inputMicroUsdPerMTok / card.input : 0,
    card.output > 0 ? prices.outputMicroUsdPerMTok / card.output : 0,
  );
  return Math.max(1, Math.min(MAX_MULTIPLIER_PPM, Math.ceil(needed * 1_000_000)));
}

/** Steps of 1 %, upward: the ask never falls below what was computed. */
export function quantiseCeil(multiplierPpm: number): number {
  const step = (count: number) => Math.ceil(STEP ** count);
  const above = Math.ceil(Math.log(multiplierPpm) / Math.log(STEP));
  // A step is rounded up itself: the one before may already be enough.
  const quantised = step(above - 1) >= multiplierPpm ? step(above - 1) : step(above);
  return Math.min(MAX_MULTIPLIER_PPM, Math.max(multiplierPpm, quantised));
}

/** The ask from now on: the standing one until it has stood its time and differs enough. */
export function nextHeldAsk(
  held: HeldAsk | undefined,
  wantedPpm: number,
  nowMs: number,
  holdMs: number = HOLD_MS,
): HeldAsk {
  if (!held) return { multiplierPpm: quantiseCeil(wantedPpm), sinceMs: nowMs };
  if (nowMs - held.sinceMs < holdMs) return held;
  const isRight = wantedPpm <= held.multiplierPpm && wantedPpm >= held.multiplierPpm * LOWER_BELOW;
  return isRight ? held : { multiplierPpm: quantiseCeil(wantedPpm), sinceMs: nowMs };
}
