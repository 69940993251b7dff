import type { PriceCardPrices, RequestTerms } from './clearing-input.ts';

const ONE_PPM = 1_000_000;
/** No signed message carries a higher multiplier. */
const HIGHEST_MULTIPLIER_PPM = 1_000_000_000;
/** Times the highest multiplier, or times 10^6, they stay below 2^53. */
const LARGEST_NUMBER_BASE = 9_000_000n;
const LARGEST_NUMBER_LIMIT = 9_000_000_000n;

/** µUSD per million tokens, as they go into lease, header and receipt. */
export interface TokenPrices {
  readonly priceInput: bigint;
  readonly priceCachedInput: bigint;
  readonly priceOutput: bigint;
}

/** `price_x = ceil(card_x × multiplier / 10^6)`: up, in the provider's favour, once per lease. */
export function pricesCeil(card: PriceCardPrices, multiplierPpm: number): TokenPrices {
  return {
    priceInput: scaledCeil(card.inputMicroUsdPerMTok, multiplierPpm),
    priceCachedInput: scaledCeil(card.cachedInputMicroUsdPerMTok, multiplierPpm),
    priceOutput: scaledCeil(card.outputMicroUsdPerMTok, multiplierPpm),
  };
}

/**
 * The highest multiplier whose prices all stay within the buyer's limits, 0 if none: `ceil(card × m / 10^6) ≤ limit`
 * holds exactly while `m ≤ floor(limit × 10^6 / card)`; a free component limits nothing.
 */
export function highestMultiplierFloor(card: PriceCardPrices, limits: RequestTerms): number {
  return Math.min(
    HIGHEST_MULTIPLIER_PPM,
    quotientFloor(limits.maxPriceInput, card.inputMicroUsdPerMTok),
    quotientFloor(limits.maxPriceCachedInput, card.cachedInputMicroUsdPerMTok),
    quotientFloor(limits.maxPriceOutput, card.outputMicroUsdPerMTok),
  );
}

/**
 * What a seller is paid: `max(own, floor(quality × P / 10^6))`, the second kept within the highest multiplier that
 * limits and ceiling allow; its own ask in a thin market. Down, in the buyer's favour. `ownPpm` is eligible, so it is
 * within them. The product stays below 2^53: quality is at most 10^6, P at most 2 × 10^9.
 */
export function clearedMultiplierFloor(
  ownPpm: number,
  qualityPpm: number,
  windowPricePpm: number | undefined,
  highestPpm: number,
): number {
  if (windowPricePpm === undefined) return ownPpm;
  const scaled = qualityPpm * windowPricePpm;
  const uniform = (scaled - (scaled % ONE_PPM)) / ONE_PPM;
  return Math.max(ownPpm, Math.min(uniform, highestPpm));
}

/** `ceil(base × ppm / 10^6)`. Numbers are exact below 2^53, and several times faster than bigints. */
function scaledCeil(base: bigint, ppm: number): bigint {
  if (base > LARGEST_NUMBER_BASE) return (base * BigInt(ppm) + BigInt(ONE_PPM) - 1n) / BigInt(ONE_PPM);
  const scaled = Number(base) * ppm;
  const near = Math.floor(scaled / ONE_PPM); // at most one too high: the division may round up
  return BigInt(scaled > near * ONE_PPM ? near + 1 : near);
}

/** `floor(limit × 10^6 / base)` as far as a multiplier goes; no limit for a base of zero. */
function quotientFloor(limit: bigint, base: bigint): number {
  if (base === 0n) return HIGHEST_MULTIPLIER_PPM;
  if (limit > LARGEST_NUMBER_LIMIT || base > LARGEST_NUMBER_LIMIT) {
    const quotient = (limit * BigInt(ONE_PPM)) / base;
    return quotient < HIGHEST_MULTIPLIER_PPM ? Number(quotient) : HIGHEST_MULTIPLIER_PPM;
  }
  const scaled = Number(limit) * ONE_PPM;
  const near = Math.floor(scaled / Number(base));
  return near * Number(base) > scaled ? near - 1 : near;
}
