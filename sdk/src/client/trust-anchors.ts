import { intelSgxRootCa, simulatedRootCa, type TrustAnchor } from '@hearth/attestation';
import type { TrustFile } from '../protocol/index.ts';

/** The vendor roots a trust file accepts. Only roots that this build pins can be named. */
export function trustAnchors(trust: TrustFile): TrustAnchor[] {
  return [intelSgxRootCa, simulatedRootCa].filter((root) =>
    trust.vendorRootSha256.includes(root.certificateSha256),
  );
}
