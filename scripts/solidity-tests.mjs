// Runs Hardhat's Solidity tests (compile, unit, fuzz, invariants) and tells the parent process how they ended.
import { join } from 'node:path';
import { root } from './run.mjs';

process.env.HARDHAT_DISABLE_TELEMETRY = 'true'; // before Hardhat is loaded
const { createHardhatRuntimeEnvironment, importUserConfig } = await import('hardhat/hre');
const configPath = join(root, 'hardhat.config.ts');
const runtime = await createHardhatRuntimeEnvironment(
  await importUserConfig(configPath),
  { config: configPath },
  root,
);
const { success, value, error } = await runtime.tasks.getTask(['test', 'solidity']).run({});
const { summary, suiteResults } = value ?? error;
const skipped = suiteResults.flatMap(({ id, testResults }) =>
  testResults.filter(({ status }) => status === 'Skipped').map(({ name }) => `${id.name}: ${name}`),
);
// A run can fail without a failing test, when a test contract does not compile or deploy.
const failed = success || summary.failed > 0 ? summary.failed : 1;
process.send?.({ passed: summary.passed, failed, skipped }, () => process.exit(success ? 0 : 1));
