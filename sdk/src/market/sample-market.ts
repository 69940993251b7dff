import type { Hex } from '@hearth/attestation/receipt';
import type { ClearingInput, MarketAsk, StandingAsk } from './clearing-input.ts';

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
    usedSlots: 0,
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

export function sampleInput(override: Partial<ClearingInput> = {}): ClearingInput {
  const asks = override.asks ?? [sampleAsk(1)];
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
    ejectedNodes: new Set(),
    ...override,
  };
}
