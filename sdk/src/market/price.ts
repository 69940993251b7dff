import type { PriceCardPrices, RequestTerms } from './clearing-input.ts';

const ONE_PPM = 1_000_000;
/** No signed message carries a higher multiplier. */
const HIGHEST_MULTIPLIER_PPM = 1_000_000_000n;

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
  let highest = HIGHEST_MULTIPLIER_PPM;
  for (const [base, limit] of [
    [card.inputMicroUsdPerMTok, limits.maxPriceInput],
    [card.cachedInputMicroUsdPerMTok, limits.maxPriceCachedInput],
    [card.outputMicroUsdPerMTok, limits.maxPriceOutput],
  ] as const) {
    if (base === 0n) continue;
    const cap = (limit * BigInt(ONE_PPM)) / base;
    if (cap < highest) highest = cap;
  }
  return Number(highest);
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

const scaledCeil = (base: bigint, ppm: number): bigint =>
  (base * BigInt(ppm) + BigInt(ONE_PPM) - 1n) / BigInt(ONE_PPM);
