import type { Hex } from '@hearth/attestation/receipt';
import type { PriceCardPrices } from '@hearth/sdk/market';
import type { priceCard } from '@hearth/sdk/protocol';
import type { z } from 'zod';
import type { CatalogueModel } from './catalogue-file.ts';

/** A change of price is announced this long before it counts, so that nodes can re-ask. */
export const priceNoticeMs = 10 * 60_000;

export type SignedPriceCard = z.output<typeof priceCard.schema>;
export type PriceCardBody = SignedPriceCard['body'];

/** A card as the log has it. */
export interface LoggedPriceCard {
  readonly priceCardHash: Hex;
  readonly logIndex: number;
  readonly message: SignedPriceCard;
}

/**
 * The card to publish for a model and class, or undefined when the newest one says the same already.
 * Their first card counts at once; any later one after the notice.
 */
export function nextPriceCard(
  model: CatalogueModel,
  modelDigest: Hex,
  newest: PriceCardBody | undefined,
  nowMs: number,
): PriceCardBody | undefined {
  const { inputMicroUsdPerMTok, cachedInputMicroUsdPerMTok, outputMicroUsdPerMTok } = model;
  const isSame =
    newest?.inputMicroUsdPerMTok === inputMicroUsdPerMTok &&
    newest.cachedInputMicroUsdPerMTok === cachedInputMicroUsdPerMTok &&
    newest.outputMicroUsdPerMTok === outputMicroUsdPerMTok;
  if (isSame) return undefined;
  return {
    v: 1,
    model: model.manifest.name,
    modelDigest,
    class: model.class,
    inputMicroUsdPerMTok,
    cachedInputMicroUsdPerMTok,
    outputMicroUsdPerMTok,
    validFromMs: newest === undefined ? nowMs : Math.max(nowMs, newest.validFromMs) + priceNoticeMs,
  };
}

/** The card in force at `atMs` among those under the first `treeSize` log entries. */
export function cardInForce(
  cards: readonly LoggedPriceCard[],
  atMs: number,
  treeSize: number = Number.POSITIVE_INFINITY,
): LoggedPriceCard | undefined {
  let best: LoggedPriceCard | undefined;
  for (const card of cards) {
    const { validFromMs } = card.message.body;
    if (card.logIndex >= treeSize || validFromMs > atMs) continue;
    if (best === undefined || validFromMs >= best.message.body.validFromMs) best = card;
  }
  return best;
}

export function pricesOf({ priceCardHash, message: { body } }: LoggedPriceCard): PriceCardPrices {
  return {
    priceCardHash,
    inputMicroUsdPerMTok: body.inputMicroUsdPerMTok,
    cachedInputMicroUsdPerMTok: body.cachedInputMicroUsdPerMTok,
    outputMicroUsdPerMTok: body.outputMicroUsdPerMTok,
  };
}
