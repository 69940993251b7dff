import { type Check, firstReason } from '../check-log.ts';
import { compare, fail } from '../policy/compare.ts';
import type { EventLogPolicy, EventRule } from '../policy/event-log-policy.ts';
import type { Ignored } from '../policy/requirement.ts';
import type { EventLogCheckId } from './check-ids.ts';
import type { RuntimeEventFacts } from './facts.ts';
import { type EventLogEvidence, type EventLogVerification, verifyEventLog } from './verify.ts';

/** One check per field of the policy. */
export type EventLogPolicyCheckId = `policy.${keyof EventLogPolicy}`;

/** JSON-ready. */
export type EventLogVerdict = Omit<EventLogVerification, 'checks'> & {
  readonly checks: readonly Check<EventLogCheckId | EventLogPolicyCheckId>[];
};

/** Verifies and appraises in one call. */
export function judgeEventLog(evidence: EventLogEvidence, policy: EventLogPolicy): EventLogVerdict {
  return appraiseEventLog(verifyEventLog(evidence), policy);
}

/** Holds a verified log against a policy. Pure; no field of the policy is skipped. */
export function appraiseEventLog(
  verification: EventLogVerification,
  policy: EventLogPolicy,
): EventLogVerdict {
  const { log } = verification;
  const [rtmr0, rtmr1, rtmr2, rtmr3] = log?.replayedRtmrs ?? [];
  const checks = [
    ...verification.checks,
    compare('policy.rtmr0', 'policy', policy.rtmr0, rtmr0),
    compare('policy.rtmr1', 'policy', policy.rtmr1, rtmr1),
    compare('policy.rtmr2', 'policy', policy.rtmr2, rtmr2),
    compare('policy.rtmr3', 'policy', policy.rtmr3, rtmr3),
    compare('policy.systemReady', 'policy', policy.systemReady, log?.systemReady),
    compareEvents('policy.platformEvents', policy.platformEvents, log?.platformEvents),
    compareEvents('policy.applicationEvents', policy.applicationEvents, log?.applicationEvents),
  ];
  const reason = firstReason(checks);
  return { ...verification, ok: reason === undefined, checks, reason };
}

function compareEvents(
  id: EventLogPolicyCheckId,
  policy: { readonly anyOf: readonly EventRule[] } | Ignored,
  events: readonly RuntimeEventFacts[] | undefined,
): Check<EventLogPolicyCheckId> {
  const shown = events === undefined ? 'not established' : events.map(describe).join(', ') || 'none';
  if (policy === 'ignore') return { id, result: 'ignored', actual: shown };
  const rules = policy.anyOf;
  const names = rules.map(({ name, presence }) => (presence === 'required' ? name : `${name} (optional)`));
  const expected = names.join(', ') || 'nothing (empty allow-list)';
  if (events === undefined) return fail(id, 'policy', expected, shown);
  const stranger = events.find((event) => !rules.some((rule) => meets(event, rule)));
  if (stranger !== undefined) return fail(id, 'policy', expected, `${describe(stranger)}, not allowed`);
  const missing = rules.find(
    (rule) => rule.presence === 'required' && !events.some((event) => meets(event, rule)),
  );
  if (missing !== undefined) return fail(id, 'policy', expected, `${missing.name} missing`);
  return { id, result: 'pass', expected, actual: shown };
}

function meets({ name, payload }: RuntimeEventFacts, rule: EventRule): boolean {
  return name === rule.name && (rule.payload === 'ignore' || rule.payload.anyOf.includes(payload));
}

/** Long payloads cut: a check's line is for people. */
function describe({ name, payload }: RuntimeEventFacts): string {
  return payload.length > 66 ? `${name}=${payload.slice(0, 66)}…` : `${name}=${payload}`;
}
