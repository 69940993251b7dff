import type { PriceCardPrices, RequestTerms } from '@hearth/sdk/market';
import { word } from './identifiers.ts';

/** The one model that everybody in a simulated market serves; a multiplier of 1 000 000 is its card. */
export const model = { name: 'ember', digest: word(0x30, 1) };

export const card: PriceCardPrices = {
  priceCardHash: word(0xca, 1),
  inputMicroUsdPerMTok: 1_000_000n,
  cachedInputMicroUsdPerMTok: 250_000n,
  outputMicroUsdPerMTok: 3_000_000n,
};

/** A request whose buyer pays up to `maxPpm` of the card. */
export function requestTerms(maxPpm: number): RequestTerms {
  const limit = BigInt(maxPpm);
  return {
    modelDigest: model.digest,
    minTier: 1,
    class: 0,
    contextTokens: 1_024,
    maxPriceInput: limit,
    maxPriceCachedInput: limit / 4n + 1n,
    maxPriceOutput: 3n * limit,
  };
}
