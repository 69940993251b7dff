import * as z from 'zod';
import { parseStrictJson } from '../bytes/strict-json.ts';
import type { Check } from '../check-log.ts';
import { checkShape } from '../collateral/dcap-collateral.ts';
import { type EvidenceReason, evidenceReasons } from '../errors.ts';

const expectation = z.object({
  verdict: z.enum(['valid', 'invalid']),
  /** First failing check of whoever wrote the entry; another order of checks may find one of `reasonAlso`. */
  reason: z.enum(evidenceReasons).optional(),
  reasonAlso: z.array(z.enum(evidenceReasons)).default([]),
  tcbStatus: z.string().optional(),
  advisoryIds: z.array(z.string()).optional(),
  fields: z.record(z.string(), z.unknown()).default({}),
});

/** One entry of a vectors manifest: evidence, the moment, what the relying party asks, and the binding verdict. */
export const manifestEntrySchema = z.object({
  id: z.string().min(1),
  kind: z.string().min(1),
  group: z.string().optional(),
  /** File field → path relative to the manifest. `root`, where present, replaces the vendor's pinned root. */
  files: z.record(z.string(), z.string()),
  /** Unix seconds to judge at. */
  at: z.int().min(0),
  /** Each format reads its own keys with `readEntryPolicy`; absent means that format's defaults. */
  policy: z.record(z.string(), z.unknown()).default({}),
  expect: expectation,
});

export type ManifestEntry = z.infer<typeof manifestEntrySchema>;

export type EntryVerdict = {
  readonly verdict: 'valid' | 'invalid';
  readonly reason?: EvidenceReason;
  readonly tcbStatus?: string;
  readonly advisoryIds?: readonly string[];
  /** What the evidence says, named as manifests name it. */
  readonly fields: Record<string, unknown>;
  readonly checks: readonly Check[];
};

/**
 * Judges one entry of the kinds it knows with the production verifier. Pure: `read` yields the bytes of a file field
 * and throws for a field that the entry lacks. Throws only for an entry that it does not understand.
 */
export type EntryJudge = (entry: ManifestEntry, read: (fileField: string) => Uint8Array) => EntryVerdict;

const maxEntries = 100_000;

/** Throws EvidenceError `format`. */
export function parseManifest(json: string): readonly ManifestEntry[] {
  return checkShape(
    z.array(manifestEntrySchema).max(maxEntries),
    parseStrictJson(json, 'manifest'),
    'manifest',
  );
}

/**
 * The entry's policy in the shape of one format, which must be strict: a key that nobody understood must not be
 * skipped, or the entry would be judged under another policy than it asks for. Throws EvidenceError `format`.
 */
export function readEntryPolicy<Schema extends z.ZodType>(
  schema: Schema,
  { id, policy }: ManifestEntry,
): z.infer<Schema> {
  return checkShape(schema, policy, `entry ${id}, policy`);
}

export type Difference = {
  /** `verdict`, `reason`, `tcbStatus`, `advisoryIds` or `fields.<name>`. */
  readonly what: string;
  readonly expected: unknown;
  readonly actual: unknown;
};

/**
 * Where a verdict departs from what the entry expects; only what the entry names is compared, advisories as a set.
 * The verdict itself is binding. A reason that differs is a `reason` line, which callers may treat as a note.
 */
export function differences(
  { expect }: Pick<ManifestEntry, 'expect'>,
  actual: EntryVerdict,
): readonly Difference[] {
  const reasons = expect.reason === undefined ? [] : [expect.reason, ...expect.reasonAlso];
  const isListed = reasons.length === 0 || reasons.some((one) => one === actual.reason);
  const pairs: [what: string, expected: unknown, actual: unknown][] = [
    ['verdict', expect.verdict, actual.verdict],
    ['reason', isListed ? undefined : reasons.join(' or '), actual.reason],
    ['tcbStatus', expect.tcbStatus, actual.tcbStatus],
    ['advisoryIds', expect.advisoryIds?.toSorted(), actual.advisoryIds?.toSorted()],
    ...Object.entries(expect.fields).map(([name, value]): [string, unknown, unknown] => [
      `fields.${name}`,
      value,
      actual.fields[name],
    ]),
  ];
  return pairs.flatMap(([what, wanted, found]) =>
    wanted === undefined || isSame(wanted, found) ? [] : [{ what, expected: wanted, actual: found }],
  );
}

/** Equality of JSON values, keys in any order; an object may hold more than was expected of it. */
function isSame(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null || Array.isArray(expected) !== Array.isArray(actual)) {
    return false;
  }
  if (Array.isArray(expected) && expected.length !== (actual as unknown[]).length) return false;
  return Object.entries(expected).every(([key, value]) =>
    isSame(value, (actual as Record<string, unknown>)[key]),
  );
}
