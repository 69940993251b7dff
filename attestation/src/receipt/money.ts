/**
 * All money arithmetic off the chain. 1 µUSD = 10⁶ pUSD; prices are µUSD per million tokens, so tokens × price is
 * an exact amount in pUSD and no receipt ever rounds.
 */
export const PICO_PER_MICRO = 1_000_000n;

export type TokenPrices = {
  readonly priceInput: bigint;
  readonly priceCachedInput: bigint;
  readonly priceOutput: bigint;
};

export type TokenCounts = {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
};

/** (input − cached) × pInput + cached × pCachedInput + output × pOutput, in pUSD. */
export function amountPicoUsd(prices: TokenPrices, tokens: TokenCounts): bigint {
  if (tokens.cachedInputTokens > tokens.inputTokens) {
    throw new RangeError(
      `cached input tokens ${tokens.cachedInputTokens} exceed input tokens ${tokens.inputTokens}`,
    );
  }
  const fresh = BigInt(tokens.inputTokens - tokens.cachedInputTokens);
  return (
    fresh * prices.priceInput +
    BigInt(tokens.cachedInputTokens) * prices.priceCachedInput +
    BigInt(tokens.outputTokens) * prices.priceOutput
  );
}

/** The contract's rounding of a cumulative total, in the buyer's favour by less than 1 µUSD. */
export function microUsdFloor(picoUsd: bigint): bigint {
  return picoUsd / PICO_PER_MICRO;
}

/** floor(credit × feeBps / 10⁴), in the provider's favour. */
export function feeMicroUsdFloor(creditMicroUsd: bigint, feeBps: number): bigint {
  return (creditMicroUsd * BigInt(feeBps)) / 10_000n;
}

/** ceil(card × multiplierPpm / 10⁶): rounded up once, when a lease is granted, in the provider's favour. */
export function leasePriceCeil(cardMicroUsdPerMTok: bigint, multiplierPpm: number): bigint {
  return (cardMicroUsdPerMTok * BigInt(multiplierPpm) + 999_999n) / 1_000_000n;
}
