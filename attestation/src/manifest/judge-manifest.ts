import { parseStrictJson } from '../bytes/strict-json.ts';
import { checkShape } from '../collateral/dcap-collateral.ts';
import { formatError } from '../errors.ts';
import { type Difference, differences, type ManifestEntry, manifestEntrySchema } from './entry.ts';
import { judgeEntry } from './judge-entry.ts';

/** What one entry came to. */
export type EntryResult = {
  /** `entry 17` where the entry has no id of its own. */
  readonly id: string;
  readonly kind: string | undefined;
  /** The binding part agrees: the verdict, and of valid DCAP evidence also TCB status and advisories. */
  readonly matched: boolean;
  /** Where it departs from what is binding. */
  readonly differences: readonly Difference[];
  /** Departures that do not count: another first reason of the same refusal, or another field. */
  readonly notes: readonly Difference[];
  /** Why it could not be judged at all; it differs then. */
  readonly error: string | undefined;
};

export type ManifestReport = {
  readonly total: number;
  readonly matched: number;
  readonly results: readonly EntryResult[];
};

const maxEntries = 100_000;
const binding: readonly string[] = ['verdict', 'tcbStatus', 'advisoryIds'];

/**
 * Judges every entry of a manifest. Pure: `readFile` yields the bytes behind a path of an entry, and throws where there
 * are none. An entry that cannot be read or understood differs, with the reason, and never stops the others. Throws
 * EvidenceError `format` for a text that is no list.
 */
export function judgeManifest(json: string, readFile: (path: string) => Uint8Array): ManifestReport {
  const list = parseStrictJson(json, 'manifest');
  if (!Array.isArray(list) || list.length > maxEntries) {
    throw formatError('manifest', { expected: `a JSON list of at most ${maxEntries} entries` });
  }
  const twice = idsThatComeTwice(list);
  const results = list.map((entry: unknown, index) => judgeOne(entry, index, twice, readFile));
  return { total: list.length, matched: results.filter(({ matched }) => matched).length, results };
}

function judgeOne(
  value: unknown,
  index: number,
  twice: ReadonlySet<unknown>,
  readFile: (path: string) => Uint8Array,
): EntryResult {
  const id = textOf(value, 'id') ?? `entry ${index}`;
  const kind = textOf(value, 'kind');
  try {
    const entry = checkShape(manifestEntrySchema, value, `manifest, entry ${index}`);
    if (twice.has(id)) throw formatError(`manifest, entry ${index}`, { expected: 'an id of its own' });
    return { id, kind, error: undefined, ...compareVerdict(entry, readFile) };
  } catch (error) {
    // Whatever it was, also a defect of ours: one entry must not hide what the others say.
    return { id, kind, matched: false, differences: [], notes: [], error: String((error as Error).message) };
  }
}

function compareVerdict(entry: ManifestEntry, readFile: (path: string) => Uint8Array) {
  const verdict = judgeEntry(entry, (field) => readField(entry, field, readFile));
  const all = differences(entry, verdict);
  const counted = all.filter(({ what }) => binding.includes(what));
  return {
    matched: counted.length === 0,
    differences: counted,
    notes: all.filter(({ what }) => !binding.includes(what)),
  };
}

function readField(
  { id, files }: ManifestEntry,
  field: string,
  readFile: (path: string) => Uint8Array,
): Uint8Array {
  const path = files[field];
  if (path === undefined) throw formatError(`entry ${id}`, { expected: `a file ${field}`, actual: 'none' });
  try {
    return readFile(path);
  } catch (cause) {
    throw new Error(`entry ${id}, file ${field}: ${(cause as Error).message}`, { cause });
  }
}

function textOf(value: unknown, key: 'id' | 'kind'): string | undefined {
  const found: unknown = (value as Record<string, unknown> | null | undefined)?.[key];
  return typeof found === 'string' && found !== '' ? found.slice(0, 200) : undefined;
}

function idsThatComeTwice(list: readonly unknown[]): ReadonlySet<unknown> {
  const seen = new Set<unknown>();
  const twice = new Set<unknown>();
  for (const id of list.map((value) => textOf(value, 'id'))) {
    if (id !== undefined && seen.has(id)) twice.add(id);
    seen.add(id);
  }
  return twice;
}
