import type { SwapCost } from '../../config/home-config.ts';
import type { PriceCard } from '../slots/check-offer.ts';

/**
 * The energy that brings a model into memory, over what is sold while it stays, in millionths of the price card: what is added
 * to an ask for a model that is not there. Rounded up, for the home. A card of zeros carries nothing.
 */
export function swapSurchargePpmCeil(
  { powerW, microUsdPerKwh, tokensPerStay }: SwapCost,
  loadMs: number,
  card: Pick<PriceCard, 'inputMicroUsdPerMTok' | 'outputMicroUsdPerMTok'>,
): number {
  const joules = (powerW * loadMs) / 1_000;
  const costMicroUsd = (joules / 3_600_000) * microUsdPerKwh;
  const perMTok = Math.max(Number(card.inputMicroUsdPerMTok), Number(card.outputMicroUsdPerMTok));
  const stayMicroUsd = (tokensPerStay * perMTok) / 1_000_000;
  return stayMicroUsd === 0 ? 0 : Math.ceil((costMicroUsd / stayMicroUsd) * 1_000_000);
}
