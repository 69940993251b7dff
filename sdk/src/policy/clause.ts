/** One rule of a policy, held against one fact. A list of them has every rule, whatever became of the others. */
export type Clause = {
  /** Where it stands in the policy: `regions`, `prices.output`, `evidence.tcbStatus`. */
  readonly clause: string;
  readonly result: 'pass' | 'fail' | 'ignored';
  readonly expected?: string;
  readonly actual?: string;
};

/** Of the first one that fails; in the order of the policy. */
export function failedClause(clauses: readonly Clause[]): Clause | undefined {
  return clauses.find(({ result }) => result === 'fail');
}

/** @param of what it is a clause of, `policy` or `order` */
export function clauseSentence(of: string, { clause, expected, actual }: Clause): string {
  return `${of} ${clause}: expected ${expected}, got ${actual}`;
}

type ListRule<T> = { readonly anyOf: readonly T[] } | { readonly noneOf: readonly T[] } | 'ignore';

/** `isOneOf` decides what it means to be on the list; a fact that nobody established is on none, and not allowed either. */
export function listClause<T extends string>(
  clause: string,
  rule: ListRule<T>,
  actual: T | undefined,
  isOneOf: (actual: T, listed: readonly T[]) => boolean = (one, listed) => listed.includes(one),
): Clause {
  const shown = actual ?? 'not established';
  if (rule === 'ignore') return { clause, result: 'ignored', actual: shown };
  const isAllowing = 'anyOf' in rule;
  const listed = isAllowing ? rule.anyOf : rule.noneOf;
  const holds = actual !== undefined && isOneOf(actual, listed) === isAllowing;
  const expected = `${isAllowing ? 'one of' : 'none of'} ${short(listed)}`;
  return { clause, result: holds ? 'pass' : 'fail', expected, actual: shown };
}

export function atLeastClause(
  clause: string,
  floor: number,
  actual: number,
  name: (level: number) => string = String,
): Clause {
  const result = actual >= floor ? 'pass' : 'fail';
  return { clause, result, expected: `at least ${name(floor)}`, actual: name(actual) };
}

export function atMostClause(clause: string, ceiling: bigint, actual: bigint, unit: string): Clause {
  const result = actual <= ceiling ? 'pass' : 'fail';
  return { clause, result, expected: `at most ${ceiling} ${unit}`, actual: String(actual) };
}

const SHOWN = 8;

function short(listed: readonly string[]): string {
  if (listed.length === 0) return 'nothing (an empty list)';
  const first = listed.slice(0, SHOWN).join(', ');
  return listed.length > SHOWN ? `${listed.length}: ${first}, …` : first;
}
