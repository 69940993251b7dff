import { createSimulatedPlatform, type SimulatedAdjustments } from '../../simulated/platform.ts';
import { sampleAtUnixSec, sampleEvidence } from '../../simulated/sample-evidence.ts';
import { createSigningKey, deriveSecretKey } from '../../simulated/signing-key.ts';
import type { TdxEvidence } from '../../tdx/verify.ts';
import { simulatedRootCa } from '../../trust-anchors.ts';
import type { TdxCheckId } from '../check-ids.ts';

/** One defect, and the check that must see it first. */
export type Fault = readonly [id: TdxCheckId, fault: string, evidence: () => TdxEvidence];

export const strangerKey = createSigningKey(deriveSecretKey('a stranger'));
export const pastUnixSec = sampleAtUnixSec - 1;
export const futureUnixSec = sampleAtUnixSec + 1;

/** Byte offsets in a quote, from the layout in Intel's document rather than from the parser under test. */
export const offset = { quoteSignature: 636, attestationKey: 700, qeReport: 770, qeReportSignature: 1154 };

export function platformOf(adjust: SimulatedAdjustments) {
  return createSimulatedPlatform({ seed: 'sample', atUnixSec: sampleAtUnixSec, adjust });
}

/** Trusts the root as adjusted, so that the fault under test is the only one. */
export function adjusted(adjust: SimulatedAdjustments): TdxEvidence {
  return sampleEvidence({ adjust });
}

export function forged(): TdxEvidence {
  const evidence = sampleEvidence({ rootKey: deriveSecretKey('a forger') });
  return { ...evidence, trustAnchors: [simulatedRootCa] };
}

export function mapQuote(change: (quote: Uint8Array) => Uint8Array): TdxEvidence {
  const evidence = sampleEvidence();
  return { ...evidence, quote: change(evidence.quote) };
}

export function flipQuote(at: number, bits: number): TdxEvidence {
  return mapQuote((quote) => flip(quote, at, bits));
}

export function flip(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ bits : byte));
}

export function padded(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/** Collateral arrives as foreign JSON, so a fault may break its type. */
export function mapCollateral(change: (all: TdxEvidence['collateral']) => object): TdxEvidence {
  const evidence = sampleEvidence();
  return { ...evidence, collateral: change(evidence.collateral) as TdxEvidence['collateral'] };
}
