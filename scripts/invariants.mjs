// `npm run invariants [-- --runs N] [--depth N] [--seed S]`: the invariants of the money, for long. `npm test` has a short run of
// them. Ends with the seed, so that a run can be repeated.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '256' },
    depth: { type: 'string', default: '500' },
    seed: { type: 'string', default: `0x${randomBytes(32).toString('hex')}` },
  },
});
process.env.HARDHAT_DISABLE_TELEMETRY = 'true'; // before Hardhat is loaded
const { createHardhatRuntimeEnvironment, importUserConfig } = await import('hardhat/hre');
const configPath = join(root, 'hardhat.config.ts');
const config = await importUserConfig(configPath);
const long = { runs: Number(values.runs), depth: Number(values.depth), failOnRevert: true };
const runtime = await createHardhatRuntimeEnvironment(
  {
    ...config,
    test: { solidity: { ...config.test.solidity, fuzz: { seed: values.seed }, invariant: long } },
  },
  { config: configPath },
  root,
);
// The tests deploy artifacts by name, and given files alone Hardhat would leave stale ones as they are.
await runtime.tasks.getTask('build').run({ quiet: true, noTests: true });
const started = performance.now();
const { success } = await runtime.tasks.getTask(['test', 'solidity']).run({
  // The handler as well: the runner calls only contracts whose files it was given.
  testFiles: ['contracts/test/Solvency.t.sol', 'contracts/test/handlers/MarketHandler.sol'],
});
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  `${success ? 'held' : 'BROKEN'}: ${values.runs} runs of ${values.depth} calls for each invariant, ${seconds} s, seed ${values.seed}\n`,
);
process.exit(success ? 0 : 1); // Hardhat keeps handles open
