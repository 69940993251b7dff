/** What a caller of any one format needs besides its verifier: re-exported by every format's own entry point. */
export type { Check } from './check-log.ts';
export { EvidenceError, type EvidenceReason, evidenceReasons } from './errors.ts';
export {
  type EvidencePolicy,
  type ExpectedReportData,
  parseEvidencePolicy,
  strictEvidencePolicy,
} from './policy/evidence-policy.ts';
export { type TrustAnchor, trustAnchorFromCertificate } from './trust-anchors.ts';
