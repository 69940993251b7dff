import type { PriceCardPrices, RequestTerms } from './clearing-input.ts';

const ONE_PPM = 1_000_000;
/** No signed message carries a higher multiplier. */
const HIGHEST_MULTIPLIER_PPM = 1_000_000_000;

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
    highestFor(card.inputMicroUsdPerMTok, limits.maxPriceInput),
    highestFor(card.cachedInputMicroUsdPerMTok, limits.maxPriceCachedInput),
    highestFor(card.outputMicroUsdPerMTok, limits.maxPriceOutput),
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

/** Below it a product with a millionth stays exact as a number, which is far quicker than a bigint. */
const QUICK = 2 ** 33;

function scaledCeil(base: bigint, ppm: number): bigint {
  const quick = Number(base) * ppm;
  if (quick > Number.MAX_SAFE_INTEGER) return (base * BigInt(ppm) + 999_999n) / 1_000_000n;
  const floor = quotientFloor(quick, ONE_PPM);
  return BigInt(floor * ONE_PPM === quick ? floor : floor + 1);
}

function highestFor(base: bigint, limit: bigint): number {
  if (base === 0n) return HIGHEST_MULTIPLIER_PPM;
  const [card, most] = [Number(base), Number(limit)];
  if (most >= QUICK || card >= QUICK) {
    const highest = (limit * 1_000_000n) / base;
    return highest < HIGHEST_MULTIPLIER_PPM ? Number(highest) : HIGHEST_MULTIPLIER_PPM;
  }
  return Math.min(quotientFloor(most * ONE_PPM, card), HIGHEST_MULTIPLIER_PPM);
}

/** Exact for whole numbers below 2^53: a quotient that was rounded up to the next whole one is put right. `%` would be slow. */
function quotientFloor(of: number, by: number): number {
  const floor = Math.floor(of / by);
  return floor * by > of ? floor - 1 : floor;
}
