import { createRequire } from 'node:module';
import { defineConfig } from 'hardhat/config';

// Opt-out before any task runs: a machine without network must behave like one with it.
process.env.HARDHAT_DISABLE_TELEMETRY ??= 'true';

const soljson = createRequire(import.meta.url).resolve('solc/soljson.js'); // the compiler comes from npm, never from the net

export default defineConfig({
  solidity: {
    compilers: [
      {
        version: '0.8.37',
        path: soljson,
        settings: {
          optimizer: { enabled: true, runs: 1_000_000 },
          viaIR: true,
          evmVersion: 'osaka',
          // No metadata in bytecode: what the bindings carry then depends on the code alone, not on comments or paths.
          metadata: { appendCBOR: false, bytecodeHash: 'none' },
        },
      },
    ],
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
  test: {
    solidity: {
      fuzz: { runs: 256, seed: '0x1234' },
      invariant: { runs: 64, depth: 64, failOnRevert: true },
    },
  },
});
