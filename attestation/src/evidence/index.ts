/** Evidence of any kind: recognised, judged with its own format's verifier, and shown in words. Runs in Node and in browsers. */

export * from '../judging.ts';
export {
  type EventLogPolicy,
  eventLogPolicySchema,
  strictEventLogPolicy,
} from '../policy/event-log-policy.ts';
export { strictGpuPolicy } from '../policy/gpu-policy.ts';
export { strictSevSnpPolicy } from '../policy/sev-snp-policy.ts';
export { strictSgxPolicy } from '../policy/sgx-policy.ts';
export { strictTdxPolicy } from '../policy/tdx-policy.ts';
export { type Companions, readCompanions } from './companions.ts';
export { describeEvidence } from './describe/describe.ts';
export type { Row, Section } from './describe/rows.ts';
export { type EvidenceRequest, type JudgedEvidence, judgeEvidence, reportInHcl } from './judge-evidence.ts';
export { detectEvidenceKind, type EvidenceKind, evidenceKinds, unwrapText } from './kind.ts';
export { suggestPolicy } from './suggest-policy.ts';
