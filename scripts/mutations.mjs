// `npm run mutations [-- COUNT]`: COUNT (10,000 if left out) quotes and reports of real machines, bent by a seeded random, judged
// on the chain and off it; one disagreement fails. `npm test` does a few hundred of the same.
import { join } from 'node:path';
import { root, runNode } from './run.mjs';

const count = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(count) || count < 2) {
  process.stderr.write(`npm run mutations: expected a count of at least 2, got ${process.argv[2]}\n`);
  process.exit(2);
}
const half = String(Math.ceil(count / 2));
process.exitCode = await runNode(
  [
    join(root, 'scripts', 'test.mjs'),
    'test/contracts/tdx-vectors',
    'test/contracts/snp-vectors',
    '-t',
    'bent',
  ],
  { HEARTH_MUTATED_QUOTES: half, HEARTH_MUTATED_REPORTS: half },
);
