import { createRsaSigningKey } from '../../simulated/rsa-signing-key.ts';
import { simulatedAsvkKeyPem } from '../../simulated/sev-snp/development-keys.ts';
import type { SimulatedGuest, SimulatedSnpOptions, SnpAdjustments } from '../../simulated/sev-snp/machine.ts';
import {
  sampleAzureEvidence,
  sampleMachine,
  sampleSnpEvidence,
  snpSampleAtUnixSec,
} from '../../simulated/sev-snp/sample-evidence.ts';
import type { SnpCheckId } from '../check-ids.ts';
import type { SnpEvidence } from '../verify.ts';

/** One defect, and the check that must see it first. */
export type Fault = readonly [id: SnpCheckId, fault: string, evidence: () => SnpEvidence];

/** A genuine development key in the wrong place. */
export const strangerKey = createRsaSigningKey(simulatedAsvkKeyPem);
export const pastUnixSec = snpSampleAtUnixSec - 1;
export const futureUnixSec = snpSampleAtUnixSec + 1;

/** Byte offsets in a report, from AMD's document rather than from the parser under test. */
export const offset = {
  guestSvn: 0x04,
  flags: 0x48,
  reportData: 0x50,
  measurement: 0x90,
  cpuid: 0x188,
  chipId: 0x1a0,
  signature: 0x2a0,
} as const;

/** Trusts the root as adjusted, so that the fault under test is the only one. */
export function adjusted(adjust: SnpAdjustments, options: Partial<SimulatedSnpOptions> = {}): SnpEvidence {
  return sampleSnpEvidence({ ...options, adjust });
}

/** A report with other contents, signed with the right key. */
export function ofGuest(
  guest: Partial<SimulatedGuest>,
  options: Partial<SimulatedSnpOptions> = {},
): SnpEvidence {
  return sampleSnpEvidence(options, guest);
}

/** Bytes set before the report is signed. */
export function signedWith(at: number, byte: number, guest: Partial<SimulatedGuest> = {}): SnpEvidence {
  const reportBytes = (bytes: Uint8Array): void => {
    bytes[at] = byte;
  };
  return sampleSnpEvidence({ adjust: { reportBytes } }, guest);
}

/** Bytes changed after the report was signed. */
export function mapReport(change: (report: Uint8Array) => Uint8Array): SnpEvidence {
  const evidence = sampleSnpEvidence();
  return { ...evidence, report: change(evidence.report) };
}

export function flip(bytes: Uint8Array, at: number, bits = 1): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ bits : byte));
}

/** The sample's report with certificates of another machine or vendor. */
export function withCertificatesOf(options: Partial<SimulatedSnpOptions>): SnpEvidence {
  const { leafDer, issuersPem, trustAnchor, crl } = sampleMachine(options);
  return {
    ...sampleSnpEvidence(),
    certificates: { leaf: leafDer, issuersPem },
    trustAnchors: [trustAnchor],
    crl: crl(),
  };
}

/** Azure's part changed, everything else in order. */
export function mapAzure(
  change: (azure: ReturnType<typeof sampleAzureEvidence>['azure']) => NonNullable<SnpEvidence['azure']>,
): SnpEvidence {
  const evidence = sampleAzureEvidence();
  return { ...evidence, azure: change(evidence.azure) };
}
