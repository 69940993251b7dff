import { parseArgs } from 'node:util';
import { logFork, verifyLogFork } from '../../../protocol/index.ts';
import { loadTrust, readJson } from '../../client-config.ts';
import { UsageError } from '../../usage.ts';

export const forkHelp = `hearth audit fork FILE [options]

Checks a proof that a log signed two histories, as \`hearth witness\` and \`hearth audit log --json\` write it. Nothing is
fetched. Exit code 0 if it proves that; the file convinces anybody who trusts the same log key.

  --trust FILE   whose key it is (default .hearth/trust.json)
  --json         one JSON document
`;

export async function fork(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      trust: { type: 'string', default: '.hearth/trust.json' },
      json: { type: 'boolean', default: false },
    },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1)
    throw new UsageError('audit fork: expected one proof file; see hearth audit fork --help');
  const trust = loadTrust(values.trust);
  const proof = readJson(path, logFork, 'fork proof', 'expected a file of schema hearth-log-fork/1');
  const [older, newer] = verifyLogFork(proof, trust.logKeys);
  const facts = {
    ok: true,
    code: 'log_forked',
    origin: older.origin,
    treeSize: older.treeSize,
    roots: [older.root, proof.prefixRoot],
    signedMs: [older.timeMs, newer.timeMs],
  };
  const text = `PROVEN: log ${older.origin} signed two histories
  root of the first ${older.treeSize} entries, signed ${new Date(older.timeMs).toISOString()}: ${older.root}
  the same, under a checkpoint of ${newer.treeSize}, signed ${new Date(newer.timeMs).toISOString()}: ${proof.prefixRoot}
`;
  process.stdout.write(values.json ? `${JSON.stringify(facts)}\n` : text);
  return 0;
}
