import { parseArgs } from 'node:util';
import { Lifecycle, untilStopSignal } from '../environment/lifecycle.ts';
import type { Torture, TortureOptions } from './torture.ts';

type Entry = {
  readonly summary: string;
  readonly defaults: Partial<TortureOptions>;
  load(): Promise<Torture<keyof TortureOptions>>;
};

/** Loaded on demand. */
const tortures: Readonly<Record<string, Entry>> = {
  canary: {
    summary:
      'mixed jobs with a secret in each: not in sockets, database, queue, logs, metrics, memory or core of gateway and host',
    defaults: { jobs: 1_000 },
    load: async () => (await import('./canary.ts')).canaryTorture,
  },
  failover: {
    summary:
      'kills the serving enclave at a random place of each answer: same text, both nodes paid, no client error',
    defaults: { runs: 200 },
    load: async () => (await import('./failover.ts')).failoverTorture,
  },
  home: {
    summary:
      'kills host, enclave, broker, inverter, network and chain RPC of a home while it answers: back in 10 s',
    defaults: { runs: 1 },
    load: async () => (await import('./home.ts')).homeTorture,
  },
  replicas: {
    summary:
      'kills one of three backend processes every 10 s: nothing sold twice, lost, unpaid or unprovable',
    defaults: { agents: 200, minutes: 5 },
    load: async () => (await import('./replicas.ts')).replicasTorture,
  },
};

const list = Object.entries(tortures)
  .map(
    ([name, { summary, defaults }]) =>
      `  ${name.padEnd(12)} ${summary}\n${' '.repeat(15)}${Object.entries(defaults)
        .map(([option, value]) => `--${option} ${value}`)
        .join(' ')}\n`,
  )
  .join('');
const help = `npm run torture -- NAME [--runs N] [--jobs N] [--agents N] [--minutes N] [--seed N] [--json]

Breaks a whole market of real processes on purpose and counts what was lost; exit code 1 when anything was. Tortures, with
what they take if not told otherwise:

${list}
  --seed N     what is broken when (default 1)
  --json       one JSON document on stdout
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      jobs: { type: 'string' },
      agents: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
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
  const { runs, jobs, agents, minutes, seed } = values;
  const given = Object.entries({ runs, jobs, agents, minutes, seed }).flatMap(([option, text]) =>
    text === undefined ? [] : [[option, text] as const],
  );
  for (const [option, text] of given)
    if (!/^\d{1,9}(\.\d+)?$/.test(text)) return misuse(`--${option}: expected a number, got ${text}`);
  const defaults = { seed: 1, runs: 1, jobs: 1, agents: 1, minutes: 1, ...chosen.defaults };
  const options = {
    ...defaults,
    ...Object.fromEntries(given.map(([option, text]) => [option, Number(text)])),
  };

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
