/** AMD SEV-SNP: reports of Milan, Genoa and Turin under VCEK or VLEK. Runs in Node and in browsers. */

export * from '../judging.ts';
export { type SevSnpPolicy, sevSnpPolicySchema, strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
export { amdArkGenoa, amdArkMilan, amdArkTurin, amdRoots } from './amd-roots.ts';
export {
  appraiseSnp,
  judgeSnpEvidence,
  type SnpPolicyCheckId,
  type SnpVerdict,
} from './appraise.ts';
export type { AzureEvidence, AzureFacts } from './azure/verify.ts';
export type { VtpmEvidence } from './azure/verify-vtpm.ts';
export { parseCertificateTable, type SnpCertificateTable } from './certificate-table.ts';
export type { SnpCertificates } from './certificates.ts';
export type { SnpCheckId } from './check-ids.ts';
export {
  type SnpMeasurement,
  snpEvidenceHash,
  snpMeasurementHash,
  snpPlatformIdOf,
} from './measurement.ts';
export { type ParsedSnpReport, parseSnpReport, type SnpReport } from './parse.ts';
export { type SnpProduct, snpProducts } from './product.ts';
export type { SnpCrl } from './revocation.ts';
export { simulatedSnpRoots } from './simulated-roots.ts';
export type { TcbVersion } from './tcb-version.ts';
export {
  type SnpEvidence,
  type SnpLeaf,
  type SnpPlatform,
  type SnpVerification,
  verifySnpEvidence,
} from './verify.ts';
export type { SnpTcb } from './verify-report.ts';
