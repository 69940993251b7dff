import type { Hex } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import type { Ask } from '../protocol/ask.ts';
import type { PriceWindow } from '../protocol/market-record.ts';
import type { Probation } from './probation.ts';
import type { TieBreak } from './tie-break.ts';

/** The part of an ask that decides what it may sell and at which price. */
export type MarketAsk = Omit<Ask, 'v' | 'model' | 'seq' | 'prevAskHash'>;

/** An ask as it stands under the cited checkpoint. */
export interface StandingAsk {
  readonly askId: Hex;
  /** Where the log has it, for those who show it. */
  readonly logIndex?: number;
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

/** What the market's records say of one pool. */
export interface PoolTerms {
  /** Closed windows, oldest first. Their P leaves out the winner's own provider; without one it is paid its own ask. */
  readonly windows: readonly PriceWindow[];
  /** C = 1.5 × trailing 7-day median; absent while the pool has fewer than 1,000 receipts. */
  readonly ceilingPpm: number | undefined;
  readonly probation: Probation;
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
  readonly beacon: TieBreak;
  readonly priceCard: PriceCardPrices;
  readonly asks: readonly StandingAsk[];
  /** From the logged quality tables; a platform that is missing has no record. */
  readonly qualityPpmByPlatform: Pick<ReadonlyMap<Hex, number>, 'get'>;
  /** Platforms past their probation. */
  readonly establishedPlatforms: Pick<ReadonlySet<Hex>, 'has'>;
  /** By node key: slots that count of a node that said to have more than it had. */
  readonly slotLimits: Pick<ReadonlyMap<Hex, number>, 'get' | 'size'>;
  /** Enclave keys that the registry holds valid at `atMs`, for the provider, node key and tier of their ask. */
  readonly attestedEnclaves: Pick<ReadonlySet<Hex>, 'has'>;
  /** Whether a node has signed since the cited checkpoint that it sells nothing more. */
  readonly isSoldOut?: (standing: StandingAsk) => boolean;
  /** Node keys with a logged ejection in force at `atMs`. */
  readonly ejectedNodes: Pick<ReadonlySet<Hex>, 'has' | 'size'>;
  /** By tier: the pools of the request's model and class. One that is missing has no record yet. */
  readonly pools: ReadonlyMap<number, PoolTerms>;
}
