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
const tests = (value ?? error).suiteResults.flatMap(({ id, testResults }) =>
  testResults.map(({ name, status }) => ({ title: `${id.name}: ${name}`, status })),
);
const having = (wanted) => tests.filter(({ status }) => status === wanted);
const failed = having('Failure').length;
const outcome = {
  passed: having('Success').length,
  failed: success || failed > 0 ? failed : 1, // a contract that does not deploy fails the run without failing a test
  skipped: having('Skipped').map(({ title }) => title),
};
process.send?.(outcome, () => process.exit(success ? 0 : 1));
