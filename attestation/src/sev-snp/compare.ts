import type { Hex } from '../bytes/hex.ts';
import type { Check } from '../check-log.ts';
import { fail } from '../policy/compare.ts';
import type { AnyOf, AtLeast, Ignored } from '../policy/requirement.ts';
import { describeTcb, reachesTcb, type TcbVersion } from './tcb-version.ts';

const unknown = 'not established';

/** A comparison with a rule of its own: `holds` and `expected` say it, in code and in words. */
function judge<Id extends string, Requirement, Fact>(
  id: Id,
  requirement: Requirement | Ignored,
  fact: Fact | undefined,
  words: { readonly expected: (requirement: Requirement) => string; readonly actual: (fact: Fact) => string },
  holds: (requirement: Requirement, fact: Fact) => boolean,
): Check<Id> {
  const actual = fact === undefined ? unknown : words.actual(fact);
  if (requirement === 'ignore') return { id, result: 'ignored', actual };
  const expected = words.expected(requirement as Requirement);
  const isMet = fact !== undefined && holds(requirement as Requirement, fact);
  return isMet ? { id, result: 'pass', expected, actual } : fail(id, 'policy', expected, actual);
}

/** Every part that the floor names must be reached. */
export function compareTcb<Id extends string>(
  id: Id,
  requirement: AtLeast<Partial<TcbVersion>> | Ignored,
  tcb: TcbVersion | undefined,
): Check<Id> {
  const words = {
    expected: ({ atLeast }: AtLeast<Partial<TcbVersion>>) => `at least ${describeTcb(atLeast)}`,
    actual: describeTcb,
  };
  return judge(id, requirement, tcb, words, ({ atLeast }, actual) => reachesTcb(actual, atLeast));
}

type Version = { readonly major: number; readonly minor: number; readonly build?: number };

/** Versions are ordered: a higher major number outweighs any minor one. */
export function compareVersion<Id extends string>(
  id: Id,
  requirement: AtLeast<Version> | Ignored,
  version: Version | undefined,
): Check<Id> {
  const show = ({ major, minor, build }: Version) =>
    [major, minor, build].filter((one) => one !== undefined).join('.');
  const words = { expected: ({ atLeast }: AtLeast<Version>) => `at least ${show(atLeast)}`, actual: show };
  return judge(id, requirement, version, words, ({ atLeast }, actual) => ordinal(actual) >= ordinal(atLeast));
}

/** Each number is one byte in the report. */
function ordinal({ major, minor, build = 0 }: Version): number {
  return (major * 0x100 + minor) * 0x100 + build;
}

/** Every bit of the mask must be set. */
export function compareBits<Id extends string>(
  id: Id,
  requirement: AtLeast<Hex> | Ignored,
  vector: Hex | undefined,
): Check<Id> {
  const words = {
    expected: ({ atLeast }: AtLeast<Hex>) => `every bit of ${atLeast}`,
    actual: (one: Hex) => one,
  };
  const holds = ({ atLeast }: AtLeast<Hex>, actual: Hex) => (BigInt(atLeast) & ~BigInt(actual)) === 0n;
  return judge(id, requirement, vector, words, holds);
}

/** For a fact that not all evidence has: 'none' passes, because there is nobody to name. */
export function compareIfAny<Id extends string>(
  id: Id,
  requirement: AnyOf<string> | Ignored,
  fact: string | 'none' | undefined,
): Check<Id> {
  const words = {
    expected: ({ anyOf }: AnyOf<string>) => `none${anyOf.map((one) => ` or ${one}`).join('')}`,
    actual: (one: string) => one,
  };
  return judge(
    id,
    requirement,
    fact,
    words,
    ({ anyOf }, actual) => actual === 'none' || anyOf.includes(actual),
  );
}

type Pcrs = Readonly<Record<number, Hex>>;
type PcrRequirement = Readonly<Record<string, AnyOf<Hex>>>;

/** Every register that the policy lists must be among the verified ones, with an allowed value. */
export function comparePcrs<Id extends string>(
  id: Id,
  requirement: PcrRequirement | Ignored,
  pcrs: Pcrs | undefined,
): Check<Id> {
  const words = {
    expected: (one: PcrRequirement) => `allowed values in registers ${Object.keys(one).join(', ')}`,
    actual: (one: Pcrs) =>
      Object.entries(one)
        .map(([index, value]) => `${index}: ${value}`)
        .join(', '),
  };
  return judge(id, requirement, pcrs, words, (wanted, actual) =>
    Object.entries(wanted).every(([index, { anyOf }]) =>
      anyOf.some((value) => value === actual[Number(index)]),
    ),
  );
}
