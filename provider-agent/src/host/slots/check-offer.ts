import { type Hex, leasePriceCeil } from '@hearth/attestation/receipt';
import { type Ask, leaseId, type Offer, type priceCard, type rejectReasons } from '@hearth/sdk/protocol';
import type { z } from 'zod';

export type RejectReason = (typeof rejectReasons)[number];
export type PriceCard = z.output<typeof priceCard.body>;

/** A lease lasts at most this long (protocol: "≤ 10 min for many jobs"); the rest is for clocks that differ. */
const MAX_LEASE_MS = 10 * 60_000 + 30_000;

export type OfferFacts = {
  readonly nodeKey: Hex;
  /** Our ask that the offer names, if we remember it and it stands. */
  readonly ask: Ask | undefined;
  /** The price card that the ask names. */
  readonly priceCard: PriceCard | undefined;
  /** The enclave that serves right now. */
  readonly enclaveKey: Hex | undefined;
  readonly isDraining: boolean;
  /** Unsettled earnings and open promises of this node, in pUSD. */
  readonly exposurePicoUsd: bigint;
  readonly maxExposurePicoUsd: bigint;
  readonly nowMs: number;
};

/** Whether we stand by what the gateway says we ask. Undefined: the terms are ours. */
export function refuseOffer(offer: Offer, facts: OfferFacts): RejectReason | undefined {
  if (facts.isDraining || !facts.enclaveKey) return 'draining';
  if (!facts.ask || !facts.priceCard || facts.ask.enclaveKey !== facts.enclaveKey) return 'ask_withdrawn';
  if (!areOurTerms(offer, facts.ask, facts.priceCard, facts)) return 'terms_differ';
  if (facts.exposurePicoUsd + offer.holdPicoUsd > facts.maxExposurePicoUsd) return 'exposure';
  return undefined;
}

function areOurTerms(offer: Offer, ask: Ask, card: PriceCard, facts: OfferFacts): boolean {
  const { multiplierPpm } = offer;
  return (
    offer.leaseId === leaseId(offer.requestId, offer.askId) &&
    offer.nodeKey === facts.nodeKey &&
    offer.enclaveKey === ask.enclaveKey &&
    offer.provider === ask.provider &&
    offer.modelDigest === ask.modelDigest &&
    multiplierPpm >= ask.multiplierPpm &&
    offer.priceInput === leasePriceCeil(card.inputMicroUsdPerMTok, multiplierPpm) &&
    offer.priceCachedInput === leasePriceCeil(card.cachedInputMicroUsdPerMTok, multiplierPpm) &&
    offer.priceOutput === leasePriceCeil(card.outputMicroUsdPerMTok, multiplierPpm) &&
    offer.answerByMs > facts.nowMs &&
    offer.leaseExpiresAtMs > facts.nowMs &&
    offer.leaseExpiresAtMs <= facts.nowMs + MAX_LEASE_MS
  );
}
