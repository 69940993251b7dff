import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encodeBundle } from '../../client/bundle.ts';
import { toCsv } from '../../export/csv.ts';
import { toCwt } from '../../export/cwt.ts';
import { toInToto } from '../../export/in-toto.ts';
import { jobFacts } from '../../export/job-facts.ts';
import { selectOpenings } from '../../export/select-openings.ts';
import { type Bundle, bundle } from '../../protocol/index.ts';
import { readJson } from '../client-config.ts';
import type { Command } from '../command.ts';
import { parseNumber, UsageError } from '../usage.ts';

export const bundleCommand: Command = {
  help: `hearth bundle open BUNDLE [--message N]... [--answer N]... [--params] --out FILE
hearth bundle export BUNDLE... --format csv|jsonl|in-toto|cwt [--out FILE]

open     writes the bundle again, showing only the parts named (counted from 1; none: everything stays hidden). It verifies
         as before; what is left out cannot be guessed from it.
export   facts of jobs for other programs: one row a job (csv, jsonl), an in-toto statement or a CWT claims set of one.

  --out FILE          default for export: stdout
`,
  async run(args) {
    const [verb, ...rest] = args;
    if (verb === 'open') return open(rest);
    if (verb === 'export') return exportFacts(rest);
    throw new UsageError(`bundle: expected open or export, got ${verb ?? 'nothing'}`);
  },
};

function open(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      message: { type: 'string', multiple: true, default: [] },
      answer: { type: 'string', multiple: true, default: [] },
      params: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError('bundle open: expected one bundle file');
  if (values.out === undefined) throw new UsageError('bundle open: expected --out FILE');
  const numbers = (name: string, texts: readonly string[]) =>
    texts.map((text) => parseNumber(name, text, { from: 1, to: 10_000 }));
  const selection = {
    messages: numbers('--message', values.message),
    answers: numbers('--answer', values.answer),
    params: values.params,
  };
  const selected = selectOpenings(read(path), selection);
  writeFileSync(values.out, encodeBundle(selected), { mode: 0o600 });
  process.stdout.write(`${values.out}: opens ${selected.openings.length} parts\n`);
  return 0;
}

const formats: Readonly<Record<string, (bundles: readonly Bundle[]) => string | Uint8Array>> = {
  csv: (bundles) => toCsv(bundles.map(jobFacts)),
  jsonl: (bundles) => bundles.map((each) => `${JSON.stringify(jobFacts(each))}\n`).join(''),
  'in-toto': (bundles) => `${JSON.stringify(toInToto(onlyOne(bundles)))}\n`,
  cwt: (bundles) => toCwt(onlyOne(bundles)),
};

function exportFacts(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { format: { type: 'string' }, out: { type: 'string' } },
  });
  const write = Object.hasOwn(formats, values.format ?? '') ? formats[values.format as string] : undefined;
  if (!write)
    throw new UsageError(
      `--format: expected ${Object.keys(formats).join(', ')}, got ${values.format ?? 'nothing'}`,
    );
  if (positionals.length === 0) throw new UsageError('bundle export: expected bundle files');
  const exported = write(positionals.map(read));
  if (values.out === undefined) process.stdout.write(exported);
  else writeFileSync(values.out, exported, { mode: 0o600 });
  return 0;
}

function onlyOne([first, ...more]: readonly Bundle[]): Bundle {
  if (first && more.length === 0) return first;
  throw new UsageError('bundle export: this format takes one bundle at a time');
}

function read(path: string): Bundle {
  return readJson(path, bundle, 'bundle', 'expected a file made by hearth chat --bundle');
}
