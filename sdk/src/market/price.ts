import type { PriceCardPrices, RequestTerms } from './clearing-input.ts';

const ONE_PPM = 1_000_000n;

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

/** Whether every price stays within the buyer's limits. */
export function isWithinLimits(prices: TokenPrices, limits: RequestTerms): boolean {
  return (
    prices.priceInput <= limits.maxPriceInput &&
    prices.priceCachedInput <= limits.maxPriceCachedInput &&
    prices.priceOutput <= limits.maxPriceOutput
  );
}

/**
 * What the winner is paid: `max(own, floor(quality × P / 10^6))`, the second kept within the buyer's limits and the
 * ceiling; its own ask in a thin market. Down, in the buyer's favour. `ownPpm` is eligible, so it is within them.
 */
export function clearedMultiplierFloor(terms: {
  readonly ownPpm: number;
  readonly qualityPpm: number;
  readonly card: PriceCardPrices;
  readonly limits: RequestTerms;
  readonly windowPricePpm: number | undefined;
  readonly ceilingPpm: number | undefined;
}): number {
  const { ownPpm, qualityPpm, windowPricePpm, ceilingPpm } = terms;
  if (windowPricePpm === undefined) return ownPpm;
  const uniform = (BigInt(qualityPpm) * BigInt(windowPricePpm)) / ONE_PPM;
  const caps = highestWithinLimits(terms.card, terms.limits);
  if (ceilingPpm !== undefined) caps.push(BigInt(ceilingPpm));
  let lowest = uniform; // Math.min takes no bigint, and a limit may pass 2^53
  for (const cap of caps) if (cap < lowest) lowest = cap;
  return Math.max(ownPpm, Number(lowest));
}

/** `ceil(card × m / 10^6) ≤ limit` holds exactly while `m ≤ floor(limit × 10^6 / card)`; a free component limits nothing. */
function highestWithinLimits(card: PriceCardPrices, limits: RequestTerms): bigint[] {
  const pairs: (readonly [bigint, bigint])[] = [
    [card.inputMicroUsdPerMTok, limits.maxPriceInput],
    [card.cachedInputMicroUsdPerMTok, limits.maxPriceCachedInput],
    [card.outputMicroUsdPerMTok, limits.maxPriceOutput],
  ];
  return pairs.filter(([base]) => base > 0n).map(([base, limit]) => (limit * ONE_PPM) / base);
}

const scaledCeil = (base: bigint, ppm: number): bigint => (base * BigInt(ppm) + ONE_PPM - 1n) / ONE_PPM;
