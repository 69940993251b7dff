/**
 * Evidence in, verdict out; receipts built, signed and verified. Pure: clock, collateral and roots are given, nothing
 * is fetched. Development evidence is made in `@hearth/attestation/simulated`.
 */

export * from './bound/index.ts';
export type { Check } from './check-log.ts';
export {
  checkDcapCollateral,
  type DcapCollateral,
  dcapCollateralSchema,
  parseDcapCollateral,
} from './collateral/dcap-collateral.ts';
export {
  type EnclaveStatus,
  enclaveStatuses,
  type PlatformStatus,
  platformStatuses,
  type TcbStatus,
  tcbStatuses,
} from './collateral/tcb-status.ts';
export { CollateralCache } from './collateral/verified-collateral.ts';
export type { DcapCheckId, SgxCheckId, TdxCheckId } from './dcap/check-ids.ts';
export { evidenceHash, platformIdOf } from './dcap/hashes.ts';
export {
  type DcapQuote,
  parseQuote,
  parseSgxQuote,
  parseTdxQuote,
  type SgxQuote,
  type TdxQuote,
} from './dcap/parse-quote.ts';
export type { DcapEvidence, DcapVerification, PlatformFacts } from './dcap/verify.ts';
export { EvidenceError, type EvidenceReason, evidenceReasons } from './errors.ts';
export {
  appraiseEventLog,
  type EventLogPolicyCheckId,
  type EventLogVerdict,
  judgeEventLog,
} from './event-log/appraise.ts';
export type { EventLogCheckId } from './event-log/check-ids.ts';
export type { EventFacts, RuntimeEventFacts } from './event-log/facts.ts';
export {
  type EventLogEvidence,
  type EventLogFacts,
  type EventLogVerification,
  verifyEventLog,
} from './event-log/verify.ts';
export * from './nvidia/index.ts';
export {
  type EventLogPolicy,
  type EventRule,
  eventLogPolicySchema,
  strictEventLogPolicy,
} from './policy/event-log-policy.ts';
export {
  type EvidencePolicy,
  type ExpectedReportData,
  evidencePolicySchema,
  parseEvidencePolicy,
  strictEvidencePolicy,
} from './policy/evidence-policy.ts';
export {
  type GpuPolicy,
  gpuPolicySchema,
  type SwitchPolicy,
  strictGpuPolicy,
  switchPolicySchema,
} from './policy/gpu-policy.ts';
export {
  noRegistry,
  type PlatformClass,
  type PlatformIdentity,
  type PlatformRegistry,
  platformClasses,
} from './policy/platform-class.ts';
export { type SevSnpPolicy, sevSnpPolicySchema, strictSevSnpPolicy } from './policy/sev-snp-policy.ts';
export {
  type AcceptedEnclave,
  type SgxPolicy,
  sgxPolicySchema,
  strictSgxPolicy,
} from './policy/sgx-policy.ts';
export {
  strictTcbStatuses,
  type TcbStatusPolicy,
  tcbStatusPolicySchema,
} from './policy/tcb-status-policy.ts';
export { strictTdxPolicy, type TdxPolicy, tdxPolicySchema } from './policy/tdx-policy.ts';
export * from './receipt/index.ts';
export * from './sev-snp/index.ts';
export { appraiseSgx, judgeSgxEvidence, type SgxPolicyCheckId, type SgxVerdict } from './sgx/appraise.ts';
export type { EnclaveAttributes } from './sgx/enclave-attributes.ts';
export type { SgxReport } from './sgx/report.ts';
export {
  type SgxEvidence,
  type SgxQuoteFacts,
  type SgxVerification,
  verifySgxEvidence,
} from './sgx/verify.ts';
export { appraiseTdx, judgeTdxEvidence, type TdxPolicyCheckId, type Verdict } from './tdx/appraise.ts';
export { measurementHash, type TdMeasurement } from './tdx/measurement.ts';
export type { TdReport } from './tdx/report.ts';
export {
  type TdxEvidence,
  type TdxQuoteFacts,
  type TdxVerification,
  verifyTdxEvidence,
} from './tdx/verify.ts';
export { type TeeTypeCode, teeTypeCode } from './tee-type.ts';
export {
  intelSgxRootCa,
  simulatedRootCa,
  type TrustAnchor,
  trustAnchorFromCertificate,
} from './trust-anchors.ts';
