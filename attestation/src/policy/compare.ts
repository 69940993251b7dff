import type { Check } from '../check-log.ts';
import type { EvidenceReason } from '../errors.ts';
import type { AnyOf, AtLeast, Equals, Ignored } from './requirement.ts';

export type Scalar = string | number | boolean;

/** Compares one fact with one requirement. A fact nobody could establish fails, unless the policy ignores it. */
export function compare<Id extends string, T extends Scalar>(
  id: Id,
  reason: EvidenceReason,
  requirement: Equals<T> | AtLeast<T> | AnyOf<T> | Ignored,
  actual: T | undefined,
): Check<Id> {
  const shown = actual === undefined ? 'not established' : String(actual);
  if (requirement === 'ignore') return { id, result: 'ignored', actual: shown };
  const expected = describe(requirement);
  if (actual !== undefined && holds(requirement, actual))
    return { id, result: 'pass', expected, actual: shown };
  return fail(id, reason, expected, shown);
}

/** Passes when every one of the facts is allowed. */
export function compareAll<Id extends string>(
  id: Id,
  reason: EvidenceReason,
  requirement: AnyOf<string> | Ignored,
  actual: readonly string[] | undefined,
): Check<Id> {
  const shown = actual === undefined ? 'not established' : actual.join(', ') || 'none';
  if (requirement === 'ignore') return { id, result: 'ignored', actual: shown };
  const expected = `none outside ${describe(requirement)}`;
  if (actual?.every((one) => requirement.anyOf.includes(one)))
    return { id, result: 'pass', expected, actual: shown };
  return fail(id, reason, expected, shown);
}

/** Passes when every component reaches its floor. */
export function compareComponents<Id extends string>(
  id: Id,
  reason: EvidenceReason,
  requirement: AtLeast<readonly number[]> | Ignored,
  actual: readonly number[] | undefined,
): Check<Id> {
  const shown = actual === undefined ? 'not established' : actual.join('.');
  if (requirement === 'ignore') return { id, result: 'ignored', actual: shown };
  const expected = `at least ${requirement.atLeast.join('.')} in every component`;
  if (actual !== undefined && requirement.atLeast.every((floor, index) => (actual[index] ?? -1) >= floor))
    return { id, result: 'pass', expected, actual: shown };
  return fail(id, reason, expected, shown);
}

function holds<T extends Scalar>(requirement: Equals<T> | AtLeast<T> | AnyOf<T>, actual: T): boolean {
  if ('equals' in requirement) return actual === requirement.equals;
  if ('atLeast' in requirement) return actual >= requirement.atLeast;
  return requirement.anyOf.includes(actual);
}

function describe(requirement: Equals<Scalar> | AtLeast<Scalar> | AnyOf<Scalar>): string {
  if ('equals' in requirement) return String(requirement.equals);
  if ('atLeast' in requirement) return `at least ${requirement.atLeast}`;
  if (requirement.anyOf.length === 0) return 'nothing (empty allow-list)';
  const shown = requirement.anyOf.slice(0, 8).join(', ');
  return requirement.anyOf.length > 8 ? `one of ${requirement.anyOf.length}: ${shown}, …` : `one of ${shown}`;
}

/** A failed check; for comparisons with rules of their own. */
export function fail<Id extends string>(
  id: Id,
  reason: EvidenceReason,
  expected: string,
  actual: string,
): Check<Id> {
  return {
    id,
    result: 'fail',
    expected,
    actual,
    reason,
    detail: `${id}: expected ${expected}, got ${actual}`,
  };
}
