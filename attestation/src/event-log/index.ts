/** TDX event logs (CCEL of the firmware, dstack's runtime log) held against a quote. Runs in Node and in browsers. */

export * from '../judging.ts';
export {
  type EventLogPolicy,
  type EventRule,
  eventLogPolicySchema,
  strictEventLogPolicy,
} from '../policy/event-log-policy.ts';
export {
  appraiseEventLog,
  type EventLogPolicyCheckId,
  type EventLogVerdict,
  judgeEventLog,
} from './appraise.ts';
export type { EventLogCheckId } from './check-ids.ts';
export type { EventFacts, RuntimeEventFacts } from './facts.ts';
export {
  type EventLogEvidence,
  type EventLogFacts,
  type EventLogVerification,
  verifyEventLog,
} from './verify.ts';
