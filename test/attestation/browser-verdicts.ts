import { amdRoots, verifySnpEvidence } from '@hearth/attestation/sev-snp';
import { intelSgxRootCa, parseDcapCollateral, verifyTdxEvidence } from '@hearth/attestation/tdx';

/** Evidence as it travels into a page: JSON, bytes in base64. */
export type EvidenceCase = { readonly id: string; readonly atUnixSec: number } & (
  | { readonly format: 'tdx'; readonly quote: string; readonly collateralJson: string }
  | {
      readonly format: 'sev-snp';
      readonly report: string;
      readonly leaf: string;
      readonly issuersPem: string;
    }
);

export type CaseVerdict = ReturnType<typeof verify>;

/** Every case under the vendors' pinned roots, in whatever engine runs this. */
export function verifyCases(cases: readonly EvidenceCase[]): Record<string, CaseVerdict> {
  return Object.fromEntries(cases.map((one) => [one.id, verify(one)]));
}

function verify(one: EvidenceCase) {
  const { atUnixSec } = one;
  if (one.format === 'tdx') {
    const collateral = parseDcapCollateral(one.collateralJson);
    return verifyTdxEvidence({
      quote: bytes(one.quote),
      collateral,
      atUnixSec,
      trustAnchors: [intelSgxRootCa],
    });
  }
  return verifySnpEvidence({
    report: bytes(one.report),
    certificates: { leaf: bytes(one.leaf), issuersPem: one.issuersPem },
    crl: 'unchecked', // no CRL of AMD is among the vectors
    atUnixSec,
    trustAnchors: amdRoots,
  });
}

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
