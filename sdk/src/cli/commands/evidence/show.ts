import { parseArgs } from 'node:util';
import { describeEvidence } from '@hearth/attestation/evidence';
import { coded, onlyFile, readEvidence } from './inputs.ts';
import { plain, style, write } from './terminal.ts';

export const showHelp = `hearth evidence show FILE [--kind KIND] [--json]

Every field of the evidence, decoded, with bits by name. Nothing is verified here: it is what the bytes say, whoever
wrote them. The file may hold the bytes, or one line of hex or base64.

  --kind KIND          what the file is (otherwise by its bytes); the kinds are those of \`hearth evidence verify\`
  --json               one JSON document
`;

export async function show(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { kind: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const path = onlyFile('show', 'file of evidence', positionals);
  const { kind, bytes } = readEvidence(path, values.kind);
  const sections = coded(() => describeEvidence(kind, bytes), `${kind} ${path}`);
  if (values.json) process.stdout.write(`${JSON.stringify({ kind, sections })}\n`);
  else {
    const lines = sections.flatMap(({ title, rows }) => {
      const width = Math.min(28, Math.max(...rows.map(({ name }) => name.length)));
      return [
        style.bold(plain(title)),
        ...rows.map(
          ({ name, value, meaning }) =>
            `  ${plain(name).padEnd(width)}  ${plain(value)}${meaning === undefined ? '' : style.dim(`  — ${plain(meaning)}`)}`,
        ),
        '',
      ];
    });
    write([...lines, style.dim('Not verified: this is only what the bytes say.')]);
  }
  return 0;
}
