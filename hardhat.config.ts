import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'hardhat/config';
import type { HardhatPlugin } from 'hardhat/types/plugins';

// Opt-out before any task runs: a machine without network must behave like one with it.
process.env.HARDHAT_DISABLE_TELEMETRY ??= 'true';

const soljson = createRequire(import.meta.url).resolve('solc/soljson.js'); // the compiler comes from npm, never from the net

const production = {
  version: '0.8.37',
  path: soljson,
  settings: {
    optimizer: { enabled: true, runs: 1_000_000 },
    viaIR: true,
    evmVersion: 'osaka',
    // No metadata in bytecode: what the bindings carry then depends on the code alone, not on comments or paths.
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
  },
};

// Collateral is long code that is written rarely: at 1,000,000 runs it would pass the 24 KiB that a contract may have.
const compact = {
  ...production,
  settings: { ...production.settings, optimizer: { enabled: true, runs: 200 } },
};
const compactFiles = [
  'collateral/IntelDcapCollateral.sol',
  'collateral/SimulatedDcapCollateral.sol',
  'mocks/SnpMocks.sol',
].map((name) => `contracts/src/${name}`);

// Holds as much as fits into a contract; more inlining than this would not.
const large = {
  ...production,
  settings: { ...production.settings, optimizer: { enabled: true, runs: 10_000 } },
};
const largeFiles = [
  'HearthSettlement.sol',
  'IntelEnclaveRegistry.sol',
  'SimulatedEnclaveRegistry.sol',
  'mocks/ListedSimulatedRegistry.sol',
  'sev-snp/AmdSnpCollateral.sol',
  'sev-snp/AmdSnpVerifier.sol', // has its collateral in its creation code
  'sev-snp/SimulatedSnpCollateral.sol',
  'sev-snp/SimulatedSnpVerifier.sol',
].map((name) => `contracts/src/${name}`);

// Tests deploy the contracts as they are shipped (`vm.getCode`); optimising the tests themselves would take minutes.
const quick = {
  ...production,
  settings: { ...production.settings, viaIR: false, optimizer: { enabled: false } },
};
const testFiles = readdirSync(join(import.meta.dirname, 'contracts', 'test'), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((name) => name.endsWith('.sol'))
  .map((name) => `contracts/test/${name}`);

// What a buyer with a P-256 key names; tests deploy it as OpenZeppelin ships it.
const p256Verifier = '@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol';

// Hardhat compiles files together that share one settings object, and resolves every override to an object of its own:
// without this each file is a job, and compiles the same libraries again. It also leaves one processor idle, which on a
// machine of two is half of it.
const fewJobsAtOnce: HardhatPlugin = {
  id: 'hearth-few-jobs-at-once',
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        build: (context, files, options, next) =>
          next(context, files, { ...options, concurrency: availableParallelism() }),
      }),
    }),
    config: async () => ({
      default: async () => ({
        resolveUserConfig: async (user, resolveVariable, next) => {
          const config = await next(user, resolveVariable);
          for (const { overrides } of Object.values(config.solidity.profiles)) {
            const shared = new Map<string, (typeof overrides)[string]>();
            for (const [file, settings] of Object.entries(overrides)) {
              const key = JSON.stringify(settings);
              overrides[file] = shared.get(key) ?? settings;
              shared.set(key, overrides[file]);
            }
          }
          return config;
        },
      }),
    }),
  },
};

export default defineConfig({
  plugins: [fewJobsAtOnce],
  solidity: {
    compilers: [production],
    npmFilesToBuild: [p256Verifier],
    overrides: Object.fromEntries([
      ...largeFiles.map((name) => [name, large] as const),
      ...testFiles.map((name) => [name, quick] as const),
      ...compactFiles.map((name) => [name, compact] as const),
    ]),
  },
  networks: {
    default: { type: 'edr-simulated', chainType: 'l1', hardfork: 'osaka', chainId: 31_337 },
  },
  paths: {
    sources: './contracts/src',
    tests: { solidity: './contracts/test' },
    artifacts: './contracts/artifacts',
    cache: './contracts/cache',
  },
  // What exists for tests alone.
  coverage: { skipFiles: ['contracts/src/mocks/**'] },
  test: {
    solidity: {
      fuzz: { runs: 256, seed: '0x1234' },
      invariant: { runs: 64, depth: 64, failOnRevert: true },
    },
  },
});
