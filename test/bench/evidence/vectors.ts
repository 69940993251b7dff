import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CollateralCache } from '@hearth/attestation';
import {
  dcapKinds,
  type EntryJudge,
  judgeDcapEntry,
  judgeDcapEntryWith,
  judgeEntry,
  type ManifestEntry,
  parseManifest,
} from '@hearth/attestation/manifest';
import { rounded } from '../statistics.ts';
import { p50 } from './measure.ts';

/** Beside the repository, as for the conformance tests. */
const folder = resolve(process.env['HEARTH_VECTORS'] ?? join(process.cwd(), '../shared/vectors'));

export interface Vectors {
  readonly entries: readonly ManifestEntry[];
  readonly read: (entry: ManifestEntry) => (fileField: string) => Uint8Array;
}

/** Undefined where the shared vectors are not. */
export function loadVectors(): Vectors | undefined {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) return undefined;
  const entries = parseManifest(readFileSync(path, 'utf8'));
  const files = new Map<string, Uint8Array>();
  const load = (name: string): Uint8Array => {
    const known = files.get(name) ?? new Uint8Array(readFileSync(join(folder, name)));
    files.set(name, known);
    return known;
  };
  return { entries, read: (entry) => (field) => load(entry.files[field] ?? `no ${field} of ${entry.id}`) };
}

/** DCAP entries: how many, and those whose verdict is not the expected one, or is another with a cache that has seen everything. */
export function wrongVerdicts({ entries, read }: Vectors): { judged: number; wrong: string[] } {
  const dcap = entries.filter(({ kind }) => dcapKinds.some((one) => one === kind));
  const cached = judgeDcapEntryWith(new CollateralCache());
  for (const entry of dcap) cached(entry, read(entry));
  const wrong = dcap.filter((entry) => {
    const verdict = judgeDcapEntry(entry, read(entry));
    const again = cached(entry, read(entry));
    return verdict.verdict !== entry.expect.verdict || JSON.stringify(verdict) !== JSON.stringify(again);
  });
  return { judged: dcap.length, wrong: wrong.map(({ id }) => id) };
}

/** One format's vectors, each judged for the first time in this process. */
export interface KindFigures {
  readonly kind: string;
  readonly entries: number;
  /** First judgement of each entry: no signature of the evidence itself is known yet, those of shared authorities are. */
  readonly firstP50Ms: number;
  /** The same entries once more. */
  readonly againP50Ms: number;
}

/** The valid entries of a kind; undefined without any. */
export function timeKind({ entries, read }: Vectors, kind: string): KindFigures | undefined {
  const valid = entries.filter((entry) => entry.kind === kind && entry.expect.verdict === 'valid');
  if (valid.length === 0) return undefined;
  for (const entry of valid) for (const field of Object.keys(entry.files)) read(entry)(field);
  const once = (judge: EntryJudge): number =>
    rounded(
      p50(
        valid.map((entry) => {
          const start = performance.now();
          judge(entry, read(entry));
          return performance.now() - start;
        }),
      ),
    );
  const firstP50Ms = once(judgeEntry);
  return { kind, entries: valid.length, firstP50Ms, againP50Ms: once(judgeEntry) };
}
