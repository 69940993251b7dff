import type { Hex } from '@hearth/attestation/receipt';
import { outcomes } from '../protocol/enums.ts';
import type { PriceWindow } from '../protocol/market-record.ts';
import type { ReceiptLeaf } from '../protocol/receipt.ts';
import type { ClearingInput, MarketAsk, PoolTerms, StandingAsk } from './clearing-input.ts';

/** Valid defaults with overrides, for tests and `vectors.write.ts`. */
export const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;
export const account = (n: number): Hex => `0x${n.toString(16).padStart(40, '0')}`;

export const sampleModel = hash(0x300d);
export const samplePriceCardHash = hash(0xca4d);

/** Ask number `n`: its own node, provider, enclave and platform. */
export function sampleAsk(
  n: number,
  ask: Partial<MarketAsk> = {},
  standing: Partial<StandingAsk> = {},
): StandingAsk {
  return {
    askId: hash(0xa5000 + n),
    platformId: hash(0xf000 + n),
    timestampMs: 1_000,
    standsFromMs: ask.validFromMs ?? 500,
    freeSlots: 1,
    usedSlots: 1,
    isPaused: false,
    ...standing,
    ask: {
      nodeKey: hash(0x0de000 + n),
      provider: account(0xbeef00 + n),
      enclaveKey: account(0xec000 + n),
      modelDigest: sampleModel,
      priceCardHash: samplePriceCardHash,
      region: 'DE',
      tier: 1,
      class: 0,
      multiplierPpm: 1_000_000,
      slots: 2,
      maxContextTokens: 4096,
      validFromMs: 500,
      validUntilMs: 1_000_000,
      ...ask,
    },
  };
}

/** A final receipt's leaf. */
export function sampleLeaf(over: Partial<ReceiptLeaf> = {}): ReceiptLeaf {
  return {
    v: 1,
    receiptHash: hash(0x4ece),
    leaseId: hash(0x1ea5e),
    poolId: hash(0x9001),
    provider: account(1),
    nodeKey: hash(1),
    effectiveAsk: 1_000_000,
    outcome: outcomes.stop,
    billedTokens: 10,
    ...over,
  };
}

/** Nine receipts of nine providers who all asked `pricePpm`: P, whoever is left out. */
const windowsAt = (pricePpm: number, atMs: number): PriceWindow[] => [
  {
    v: 1,
    poolId: hash(0x9001),
    fromMs: atMs - 6_000,
    toMs: atMs - 1_000,
    fromIndex: 0,
    toIndex: 9,
    providers: Array.from({ length: 9 }, (_, n) => ({
      provider: account(0x5e11e0 + n),
      receipts: 1,
      asks: [{ effectiveAsk: pricePpm, billedTokens: 1_000 }],
    })),
  },
];

/** An input may also say P and C themselves, for the pools of all tiers. */
export interface SampleInput extends Partial<ClearingInput> {
  readonly windowPricePpm?: number | undefined;
  readonly ceilingPpm?: number | undefined;
}

export function sampleInput({ windowPricePpm, ceilingPpm, ...override }: SampleInput = {}): ClearingInput {
  const asks = override.asks ?? [sampleAsk(1)];
  const terms: PoolTerms = {
    windows: windowPricePpm === undefined ? [] : windowsAt(windowPricePpm, override.atMs ?? 10_000),
    ceilingPpm,
    probation: 'off',
  };
  return {
    requestId: hash(0x4e9),
    request: {
      modelDigest: sampleModel,
      minTier: 1,
      class: 0,
      contextTokens: 1024,
      maxPriceInput: 10_000_000n,
      maxPriceCachedInput: 10_000_000n,
      maxPriceOutput: 10_000_000n,
    },
    regions: [],
    buyer: account(0xb1e4),
    atMs: 10_000,
    beacon: { blockHash: hash(0xb10c), timestampMs: 9_000 },
    priceCard: {
      priceCardHash: samplePriceCardHash,
      inputMicroUsdPerMTok: 1_000_000n,
      cachedInputMicroUsdPerMTok: 250_000n,
      outputMicroUsdPerMTok: 3_000_000n,
    },
    asks,
    qualityPpmByPlatform: new Map(),
    attestedEnclaves: new Set(asks.map(({ ask }) => ask.enclaveKey)),
    establishedPlatforms: new Set(),
    slotLimits: new Map(),
    ejectedNodes: new Set(),
    pools: new Map([0, 1, 2].map((tier) => [tier, terms])),
    ...override,
  };
}
