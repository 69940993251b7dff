import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { Lifecycle, untilStopSignal } from '../environment/lifecycle.ts';
import { PartPool } from './part-pool.ts';
import { runPartHere } from './part-worker.ts';
import { scenarioList, scenarios } from './scenarios.ts';

const help = `npm run sim -- SCENARIO [--seed N] [--seeds K] [--small] [--json]

Runs a seeded, deterministic simulation of the market over the production code for clearing, prices, slots and leases, and
prints what came of it, whatever it is. Exit code 1 only when an invariant broke: the message names seed and event.

${scenarioList}
  --seed N     first seed (default 1); equal seeds give equal figures
  --seeds K    how many seeds from there on (default: 10 for load, 20 for home, else what the scenario needs)
  --small      a version that takes seconds
  --json       one JSON document on stdout
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string' },
      small: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [name = '', ...rest] = positionals;
  const chosen = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (chosen === undefined || rest.length > 0)
    return misuse(`expected one name of the list, got "${positionals.join(' ')}"`);
  const numbers = [values.seed, values.seeds ?? '1'];
  if (!numbers.every((text) => /^\d{1,9}$/.test(text)) || values.seeds === '0')
    return misuse(`--seed and --seeds: expected whole numbers, got ${numbers.join(', ')}`);

  const scenario = await chosen.load();
  const seed = Number(values.seed);
  const seeds = values.seeds === undefined ? scenario.defaultSeeds : Number(values.seeds);
  const parts = scenario.parts({ seed, seeds, small: values.small });
  const pool = new PartPool(new URL(import.meta.url), name, (text) =>
    process.stderr.write(`sim ${name}: ${text}\n`),
  );
  const running = new Lifecycle();
  running.add('simulation', pool);
  try {
    const results = await Promise.race([pool.run(scenario, parts), untilStopSignal()]);
    if (typeof results === 'string') return 1; // the user ended it: no figures
    const found = parts.map((part, i) => ({ part, result: results[i] as object }));
    const { figures, text, ok } = scenario.report(found);
    process.stdout.write(values.json ? `${JSON.stringify({ sim: name, seed, seeds, ...figures })}\n` : text);
    return ok ? 0 : 1;
  } finally {
    await running.stop();
  }
}

function misuse(problem: string): number {
  process.stderr.write(`sim: ${problem}\n\n${scenarioList}`);
  return 2;
}

if (isMainThread) {
  process.exitCode = await main().catch((error: unknown) => {
    process.stderr.write(`sim: ${(error as Error).message}\n`);
    return 1;
  });
} else await runPartHere();
