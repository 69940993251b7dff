/** Evidence of any kind: recognised, judged with its own format's verifier, and shown in words. Runs in Node and in browsers. */

export * from '../judging.ts';
export {
  type EventLogPolicy,
  eventLogPolicySchema,
} from '../policy/event-log-policy.ts';
export { type Companions, readCompanions } from './companions.ts';
export { describeEvidence } from './describe/describe.ts';
export type { Row, Section } from './describe/rows.ts';
export { type EvidenceRequest, type JudgedEvidence, judgeEvidence, reportInHcl } from './judge-evidence.ts';
export { detectEvidenceKind, type EvidenceKind, evidenceKinds, unwrapText } from './kind.ts';
export { strictPolicies } from './strict-policies.ts';
export { suggestPolicy } from './suggest-policy.ts';
