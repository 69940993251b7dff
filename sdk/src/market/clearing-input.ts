import type { Hex } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import type { Ask } from '../protocol/ask.ts';
import type { Beacon } from '../protocol/clearing.ts';

/** The part of an ask that decides what it may sell and at which price. */
export type MarketAsk = Omit<Ask, 'v' | 'model' | 'seq' | 'prevAskHash'>;

/** An ask as it stands under the cited checkpoint. */
export interface StandingAsk {
  readonly askId: Hex;
  readonly ask: MarketAsk;
  /** Hardware the enclave runs on; quality is counted per platform, so a new key is not a new reputation. */
  readonly platformId: Hex;
  /** The log's signed timestamp of the ask. */
  readonly timestampMs: number;
  /** From when it stands: a price rise waits (`price-rise.ts`). */
  readonly standsFromMs: number;
  /** Until when, if a newer ask of the node is to replace it. */
  readonly standsUntilMs?: number;
  /** `slots − used` of the node's newest own counter. */
  readonly freeSlots: number;
  readonly usedSlots: number;
  /** The node's newest counter says that it sells nothing for a while. */
  readonly isPaused: boolean;
}

/** Public base prices of one model, µUSD per million tokens. */
export interface PriceCardPrices {
  readonly priceCardHash: Hex;
  readonly inputMicroUsdPerMTok: bigint;
  readonly cachedInputMicroUsdPerMTok: bigint;
  readonly outputMicroUsdPerMTok: bigint;
}

/** The part of a signed LeaseRequest that decides who may serve it. */
export type RequestTerms = Pick<
  LeaseRequest,
  | 'modelDigest'
  | 'minTier'
  | 'class'
  | 'contextTokens'
  | 'maxPriceInput'
  | 'maxPriceCachedInput'
  | 'maxPriceOutput'
>;

/** Everything a clearing may depend on. Nothing else may: that is what makes it replayable. */
export interface ClearingInput {
  readonly requestId: Hex;
  readonly request: RequestTerms;
  /** Opening of the request's regionsHash; empty allows every region. */
  readonly regions: readonly string[];
  /** Buyer of the order. */
  readonly buyer: Hex;
  readonly atMs: number;
  readonly beacon: Pick<Beacon, 'blockHash' | 'timestampMs'>;
  readonly priceCard: PriceCardPrices;
  readonly asks: readonly StandingAsk[];
  /** From the newest logged quality table; a platform that is missing is a newcomer. */
  readonly qualityPpmByPlatform: ReadonlyMap<Hex, number>;
  /** Enclave keys that the registry holds valid at `atMs`, for the provider, node key and tier of their ask. */
  readonly attestedEnclaves: Pick<ReadonlySet<Hex>, 'has'>;
  /** Node keys with a logged ejection in force at `atMs`. */
  readonly ejectedNodes: ReadonlySet<Hex>;
  /** P of the last closed window; absent in a thin market, where the winner is paid its own ask. */
  readonly windowPricePpm?: number;
  /** C = 1.5 × trailing 7-day median; absent while the pool has fewer than 1,000 receipts. */
  readonly ceilingPpm?: number;
}
