import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type EntryResult, judgeManifest, type ManifestReport } from '@hearth/attestation/manifest';
import { coded, onlyFile, readBytes } from './inputs.ts';
import { plain, style, write } from './terminal.ts';

export const judgeHelp = `hearth evidence judge MANIFEST [--notes] [--json]

Judges every entry of a vectors manifest with the verifier of its format; paths in it are relative to the manifest. One
line per entry that differs. Exit code 0 only if all verdicts match, and for valid DCAP quotes also TCB status and
advisory list. An entry of an unknown kind, a malformed one or one whose file is missing differs.

  --notes              list also what is not binding: another first reason of the same refusal, another field
  --json               one JSON document: total, matched, differing
`;

/** Files of one entry; the largest known is a RIM. */
const maxFileBytes = 8 * 1024 * 1024;

export async function judge(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { notes: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const path = onlyFile('judge', 'manifest', positionals);
  const text = new TextDecoder().decode(readBytes(path, 'manifest'));
  const folder = dirname(resolve(path));
  const report = coded(
    () => judgeManifest(text, (file) => readEntryFile(resolve(folder, file))),
    `manifest ${path}`,
  );
  if (values.json) process.stdout.write(`${JSON.stringify(document(report))}\n`);
  else write(lines(report, values.notes));
  return report.matched === report.total ? 0 : 1;
}

function readEntryFile(path: string): Uint8Array {
  const stat = statSync(path);
  if (!stat.isFile() || stat.size > maxFileBytes)
    throw new Error(`expected a file of at most ${maxFileBytes} bytes`);
  return new Uint8Array(readFileSync(path));
}

function document({ total, matched, results }: ManifestReport): object {
  const differing = results
    .filter((one) => !one.matched)
    .map(({ id, kind, differences, error }) => ({ id, kind, differences, ...(error && { error }) }));
  const notes = results
    .filter((one) => one.notes.length > 0)
    .map(({ id, kind, notes }) => ({ id, kind, notes }));
  return { total, matched, differing, notes };
}

function lines({ total, matched, results }: ManifestReport, hasNotes: boolean): string[] {
  const differing = results.filter((one) => !one.matched);
  const noted = hasNotes ? results.filter((one) => one.matched && one.notes.length > 0) : [];
  const count = `${matched} of ${total} verdicts match`;
  return [
    ...differing.map(
      (one) => `${style.red('differs')}  ${plain(`${one.id}  ${one.kind ?? 'no kind'}  ${describe(one)}`)}`,
    ),
    ...noted.map(
      (one) => `${style.yellow('note')}     ${plain(`${one.id}  ${one.kind}  ${list(one.notes)}`)}`,
    ),
    matched === total ? style.green(count) : style.red(count),
  ];
}

function describe({ error, differences, notes }: EntryResult): string {
  return error ?? list([...differences, ...notes]);
}

function list(differences: EntryResult['differences']): string {
  return differences
    .map(
      ({ what, expected, actual }) =>
        `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
    )
    .join('; ');
}
