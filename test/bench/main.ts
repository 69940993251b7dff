import { parseArgs } from 'node:util';
import { Lifecycle, untilStopSignal } from '../environment/lifecycle.ts';
import type { Bench } from './bench.ts';

/** Loaded on demand: a list of benches must not need the whole market. */
const benches: Readonly<Record<string, { summary: string; load(): Promise<Bench> }>> = {
  evidence: {
    summary: 'verifying TDX quotes beside npm @phala/dcap-qvl, with and without cached collateral',
    load: async () => (await import('./evidence.ts')).evidenceBench,
  },
  replay: {
    summary: 'hearth audit replay over a recorded run of 100,000 auctions, and what it names in lying ones',
    load: async () => (await import('./replay.ts')).replayBench,
  },
  gateway: {
    summary: 'sealed relay beside a plain Node http proxy and Portkey, requests per second in one run',
    load: async () => (await import('./gateway.ts')).gatewayBench,
  },
  inference: {
    summary:
      'tokens per second through enclave and sealing beside bare node-llama-cpp, at 1, 8 and 32 streams',
    load: async () => (await import('./inference.ts')).inferenceBench,
  },
  accept: {
    summary: 'from lease request to the ACCEPT of one of 1,000 connected homes, over real sockets',
    load: async () => (await import('./accept.ts')).acceptBench,
  },
  market: {
    summary: 'clearing over 10k, 100k and 1M asks beside scans and an indexed Postgres query',
    load: async () => (await import('./market.ts')).marketBench,
  },
  ledger: {
    summary:
      'hold + capture per second beside one hot row in one run, durable, and after kill -9 of Postgres',
    load: async () => (await import('./ledger.ts')).ledgerBench,
  },
};

const list = Object.entries(benches)
  .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}\n`)
  .join('');
const help = `npm run bench -- NAME [--json]

Runs one benchmark against the production build and prints its figures; exit code 1 when it misses its goal or anything
was dropped on the way. Benches:

${list}
  --json       print one JSON document on stdout

Gas has a command of its own: npm run gas.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [name = '', ...rest] = positionals;
  const chosen = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (chosen === undefined || rest.length > 0) {
    process.stderr.write(`bench: expected one name of the list, got "${positionals.join(' ')}"\n\n${list}`);
    return 2;
  }
  const bench = await chosen.load();
  const parts = new Lifecycle();
  try {
    const work = bench(parts, (progress) => process.stderr.write(`bench ${name}: ${progress}\n`));
    const report = await Promise.race([work, untilStopSignal()]);
    if (typeof report === 'string') return 1; // the user ended it: no figures
    process.stdout.write(
      values.json ? `${JSON.stringify({ bench: name, ...report.figures })}\n` : report.text,
    );
    return report.ok ? 0 : 1;
  } finally {
    await parts.stop();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).stack ?? String(error)}\n`);
  return 1;
});
