import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../src/check-log.ts';
import { sgxCheckReasons, tdxCheckReasons } from '../src/dcap/check-ids.ts';
import type { EvidenceReason } from '../src/errors.ts';
import { eventLogCheckReasons } from '../src/event-log/check-ids.ts';
import type { ManifestEntry } from '../src/manifest/entry.ts';
import { judgeEntry } from '../src/manifest/judge-entry.ts';
import { deviceCheckReasons, rimMatchReasons } from '../src/nvidia/check-ids.ts';
import { eatCheckReasons } from '../src/nvidia/eat/check-ids.ts';
import { ocspCheckReasons } from '../src/nvidia/ocsp/check-ids.ts';
import { rimCheckReasons } from '../src/nvidia/rim/check-ids.ts';
import { snpCheckReasons } from '../src/sev-snp/check-ids.ts';
import { loadManifest, readerOf } from './manifest.ts';

/**
 * Writes COVERAGE.md: every check of every format, and which public vectors reach it. `--check` compares instead; where
 * the vectors are not at hand, only the list of checks.
 */
const path = join(import.meta.dirname, '../COVERAGE.md');
const sources = join(import.meta.dirname, '../src');

type Format = {
  readonly title: string;
  /** Of manifest entries whose verdicts show these checks. */
  readonly kinds: RegExp;
  readonly reasons: Readonly<Partial<Record<string, EvidenceReason>>>;
  /** Ids as they stand in a verdict, where that puts something before them. */
  readonly as?: readonly ((id: string) => string)[];
};

const rimRoles = ['driver', 'vbios'].map((role) => (id: string) => id.replace(/^rim\./, `${role}-rim.`));

const formats: readonly Format[] = [
  { title: 'TDX quotes', kinds: /^tdx-quote/, reasons: tdxCheckReasons },
  { title: 'SGX quotes', kinds: /^sgx-quote/, reasons: sgxCheckReasons },
  { title: 'TDX event logs', kinds: /^tdx-eventlog/, reasons: eventLogCheckReasons },
  { title: 'AMD SEV-SNP reports', kinds: /^sev-snp/, reasons: snpCheckReasons },
  { title: 'NVIDIA GPUs', kinds: /^nvidia-gpu/, reasons: { ...deviceCheckReasons, ...rimMatchReasons } },
  {
    title: 'NVIDIA switches',
    kinds: /^nvidia-switch/,
    reasons: { ...deviceCheckReasons, ...rimMatchReasons },
  },
  {
    title: 'NVIDIA reference manifests (alone, and beside a device)',
    kinds: /^nvidia-(?:rim|gpu|switch)/,
    reasons: rimCheckReasons,
    as: [(id) => id, ...rimRoles],
  },
  { title: 'NVIDIA tokens (EAT)', kinds: /^nvidia-eat/, reasons: eatCheckReasons },
  { title: 'NVIDIA OCSP answers (each sums up in the checks above)', kinds: /^$/, reasons: ocspCheckReasons },
];

type Judged = { readonly entry: ManifestEntry; readonly checks: readonly Check[] };

const manifest = loadManifest();
const judged: readonly Judged[] = (manifest ?? []).map((entry) => ({
  entry,
  checks: judgeEntry(entry, readerOf(entry)).checks,
}));
const faults = globSync('**/*faults*{.ts,/*.ts}', { cwd: sources }).map((file) =>
  readFileSync(join(sources, file), 'utf8'),
);

const text = `# What is checked, and which public evidence reaches it

Written by \`attestation/vectors/write-coverage.ts\`, checked by \`npm run check\`; not to be edited. ${judged.length} entries of the shared
vectors. "passes" and "fails" count the entries in whose verdict the check was made and passed or failed; "first in" is an entry
that this check, before any other, refuses. "faults" counts the defects that tests make under simulated roots and that this check
sees. A check that no entry fails was only ever seen to refuse simulated evidence.

${formats.map(section).join('\n')}`;

function section({ title, kinds, reasons, as = [(id) => id] }: Format): string {
  const among = judged.filter(({ entry }) => kinds.test(entry.kind));
  const rows = Object.entries(reasons).map(([id, reason]) => {
    const ids = as.map((spell) => spell(id));
    const count = (result: Check['result']) =>
      among.filter(({ checks }) =>
        checks.some((check) => check.result === result && isMade(check) && ids.includes(check.id)),
      ).length;
    const first = among.find(({ checks }) =>
      ids.includes(checks.find(({ result }) => result === 'fail')?.id ?? ''),
    );
    const faultCount = faults.reduce((sum, file) => sum + file.split(`'${id}'`).length - 1, 0);
    return `| ${id} | ${reason} | ${count('pass')} | ${count('fail')} | ${first?.entry.id ?? ''} | ${faultCount} |`;
  });
  const valid = among.filter(({ entry }) => entry.expect.verdict === 'valid').length;
  const found = among.length === 0 ? '' : ` — ${among.length} entries, ${valid} valid`;
  return [
    `## ${title}${found}`,
    '',
    '| check | reason | passes | fails | first in | faults |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Not one that failed because an earlier one did. */
function isMade({ actual }: Check): boolean {
  return actual?.startsWith('not evaluated') !== true;
}

/** The first two cells of every row: what does not depend on the vectors. */
function checksIn(table: string): string {
  return [...table.matchAll(/^\| [a-z-]+\.[a-z0-9.-]+ \| [a-z]+ \|/gm)].join('\n');
}

if (!process.argv.includes('--check')) writeFileSync(path, text);
else {
  const written = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const isCurrent = manifest === undefined ? checksIn(written) === checksIn(text) : written === text;
  if (!isCurrent) {
    process.stderr.write(
      'attestation/COVERAGE.md is out of date: node scripts/run.mjs --conditions=source attestation/vectors/write-coverage.ts\n',
    );
    process.exitCode = 1;
  }
}
