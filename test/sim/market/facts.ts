import type { Hex } from '@hearth/attestation/receipt';
import type { CitedFacts } from '@hearth/sdk/market';

/** What a log says in which every home is past its probation, nobody was ejected and nobody overstated its slots. */
export const plainFacts: Omit<CitedFacts, 'pools' | 'qualityPpmByPlatform'> = {
  establishedPlatforms: { has: () => true },
  slotLimits: new Map<Hex, number>(),
  ejectedNodes: new Set<Hex>(),
};
