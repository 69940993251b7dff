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
  const ppm = BigInt(multiplierPpm);
  return {
    priceInput: scaledCeil(card.inputMicroUsdPerMTok, ppm),
    priceCachedInput: scaledCeil(card.cachedInputMicroUsdPerMTok, ppm),
    priceOutput: scaledCeil(card.outputMicroUsdPerMTok, ppm),
  };
}

/**
 * The highest multiplier whose prices all stay within the buyer's limits, 0 if none: `ceil(card × m / 10^6) ≤ limit`
 * holds exactly while `m ≤ floor(limit × 10^6 / card)`; a free component limits nothing.
 */
export function highestMultiplierFloor(card: PriceCardPrices, limits: RequestTerms): number {
  const input = highestFor(card.inputMicroUsdPerMTok, limits.maxPriceInput);
  const cachedInput = highestFor(card.cachedInputMicroUsdPerMTok, limits.maxPriceCachedInput);
  const output = highestFor(card.outputMicroUsdPerMTok, limits.maxPriceOutput);
  const lower = input < cachedInput ? input : cachedInput;
  return Number(lower < output ? lower : output);
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

const scaledCeil = (base: bigint, ppm: bigint): bigint => (base * ppm + 999_999n) / 1_000_000n;

function highestFor(base: bigint, limit: bigint): bigint {
  if (base === 0n) return HIGHEST_MULTIPLIER_PPM;
  const highest = (limit * 1_000_000n) / base;
  return highest < HIGHEST_MULTIPLIER_PPM ? highest : HIGHEST_MULTIPLIER_PPM;
}
