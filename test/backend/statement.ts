import { type Hex, verifyTdxEvidence } from '@hearth/attestation';
import type { RegisteredEnclave } from './escrow-world.ts';

/** What a quote says about itself, as its home states it. */
export function measurementOf({ quote, platform }: RegisteredEnclave): {
  measurementHash: Hex;
  evidenceHash: Hex;
} {
  const { measurementHash, evidenceHash } = verifyTdxEvidence({
    quote,
    collateral: platform.collateral(),
    atUnixSec: Math.floor(Date.now() / 1000),
    trustAnchors: [platform.trustAnchor],
  });
  if (measurementHash === undefined || evidenceHash === undefined)
    throw new Error('the quote does not parse');
  return { measurementHash, evidenceHash };
}
