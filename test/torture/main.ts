import { parseArgs } from 'node:util';
import { Lifecycle, untilStopSignal } from '../environment/lifecycle.ts';
import type { Torture } from './torture.ts';

const tortures: Readonly<Record<string, { summary: string; runs: number; load(): Promise<Torture> }>> = {
  failover: {
    summary:
      'kills the serving enclave at a random place of each answer: same text, both nodes paid, no client error',
    runs: 200,
    load: async () => (await import('./failover.ts')).failoverTorture,
  },
};

const list = Object.entries(tortures)
  .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}\n`)
  .join('');
const help = `npm run torture -- NAME [--runs N] [--seed N] [--json]

Breaks a whole market of real processes on purpose and counts what was lost; exit code 1 when anything was. Tortures:

${list}
  --runs N     how often (default: 200 for failover)
  --seed N     what is broken when (default 1)
  --json       one JSON document on stdout
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [name = '', ...rest] = positionals;
  const chosen = Object.hasOwn(tortures, name) ? tortures[name] : undefined;
  if (chosen === undefined || rest.length > 0)
    return misuse(`expected one name of the list, got "${positionals.join(' ')}"`);
  const numbers = [values.seed, values.runs ?? '1'];
  if (!numbers.every((text) => /^\d{1,9}$/.test(text)))
    return misuse(`--seed and --runs: expected whole numbers, got ${numbers.join(', ')}`);
  const options = { seed: Number(values.seed), runs: Number(values.runs ?? chosen.runs) };
  const torture = await chosen.load();
  const parts = new Lifecycle();
  try {
    const work = torture(parts, options, (text) => process.stderr.write(`torture ${name}: ${text}\n`));
    const report = await Promise.race([work, untilStopSignal()]);
    if (typeof report === 'string') return 1; // the user ended it: no figures
    const { figures, text, ok } = report;
    process.stdout.write(
      values.json ? `${JSON.stringify({ torture: name, ...options, ...figures })}\n` : text,
    );
    return ok ? 0 : 1;
  } finally {
    await parts.stop();
  }
}

function misuse(problem: string): number {
  process.stderr.write(`torture: ${problem}\n\n${list}`);
  return 2;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`torture: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
});
