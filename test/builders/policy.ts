import { strictEvidencePolicy, strictTdxPolicy } from '@hearth/attestation';
import type { Hex } from '@hearth/attestation/receipt';
import { builtInEngine, type Policy } from '@hearth/sdk/protocol';

/** Strict for exactly these releases, except that development evidence is allowed. */
export function policyFor(measurementHashes: readonly Hex[], changes: Partial<Policy> = {}): Policy {
  return {
    schema: 'hearth-policy/3',
    evidence: {
      ...strictEvidencePolicy({ tdx: strictTdxPolicy(measurementHashes) }),
      allowSimulated: true,
    },
    tier: { atLeast: 0 },
    models: 'ignore',
    engines: { anyOf: [builtInEngine] },
    regions: 'ignore',
    providers: 'ignore',
    keyExchange: { anyOf: ['mlkem768X25519'] },
    padding: { atLeast: 'standard' },
    prices: {
      inputMicroUsdPerMTok: { atMost: 40_000_000n },
      cachedInputMicroUsdPerMTok: { atMost: 10_000_000n },
      outputMicroUsdPerMTok: { atMost: 400_000_000n },
    },
    jobMicroUsd: 'ignore',
    service: { hedge: 'never', direct: 'never' },
    ...changes,
  };
}
