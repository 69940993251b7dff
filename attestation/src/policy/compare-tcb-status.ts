import { isoToUnixSec } from '../bytes/utc-time.ts';
import type { Check } from '../check-log.ts';
import type { TcbStatus } from '../collateral/tcb-status.ts';
import { fail } from './compare.ts';
import type { TcbStatusPolicy } from './tcb-status-policy.ts';

export type TcbStanding = {
  readonly tcbStatus: TcbStatus;
  readonly advisoryIds: readonly string[];
  /** Date of the oldest part that is out of date. */
  readonly outOfDateSince: string | undefined;
};

type Appraisal<Id extends string> = {
  readonly check: Check<Id>;
  /** Where the status passed only for a while: the end of that while. */
  readonly graceEndUnixSec: number | undefined;
};

/** Holds a merged status against its rule: accepted, accepted under a declared grace, or refused. */
export function compareTcbStatus<Id extends string>(
  id: Id,
  policy: TcbStatusPolicy,
  actual: TcbStanding | undefined,
  atUnixSec: number,
): Appraisal<Id> {
  const shown = actual?.tcbStatus ?? 'not established';
  if (policy === 'ignore')
    return { check: { id, result: 'ignored', actual: shown }, graceEndUnixSec: undefined };
  const refused = (expected: string, found: string): Appraisal<Id> => ({
    check: fail(id, 'policy', expected, found),
    graceEndUnixSec: undefined,
  });
  const accepted = Object.keys(policy).filter((status) => policy[status as keyof typeof policy] !== 'refuse');
  const anyAccepted = accepted.length === 0 ? 'nothing (every status is refused)' : accepted.join(' or ');
  // `Revoked` has no rule and never gets this far; if it did, it would be refused here.
  const rule = actual === undefined || actual.tcbStatus === 'Revoked' ? 'refuse' : policy[actual.tcbStatus];
  if (actual === undefined || rule === 'refuse') return refused(anyAccepted, shown);
  if (rule === 'accept')
    return {
      check: { id, result: 'pass', expected: anyAccepted, actual: shown },
      graceEndUnixSec: undefined,
    };
  const advisories = rule.advisoryIds;
  const unexpected =
    advisories === 'ignore' ? [] : actual.advisoryIds.filter((one) => !advisories.anyOf.includes(one));
  if (advisories !== 'ignore' && unexpected.length > 0) {
    const expected = `${shown} with no advisories outside ${advisories.anyOf.join(', ') || 'none'}`;
    return refused(expected, `${shown} with ${unexpected.join(', ')}`);
  }
  const age = 'tcbDateAgeSec' in rule ? rule.tcbDateAgeSec : 'ignore';
  if (age === 'ignore')
    return {
      check: { id, result: 'pass', expected: `${shown} with named advisories`, actual: shown },
      graceEndUnixSec: undefined,
    };
  const since = actual.outOfDateSince === undefined ? undefined : isoToUnixSec(actual.outOfDateSince);
  const expected = `${shown} for at most ${age.atMost} s after its TCB date`;
  if (since === undefined) return refused(expected, 'no TCB date');
  const found = `${shown}, ${atUnixSec - since} s after ${actual.outOfDateSince}`;
  if (atUnixSec - since > age.atMost) return refused(expected, found);
  return { check: { id, result: 'pass', expected, actual: found }, graceEndUnixSec: since + age.atMost };
}
