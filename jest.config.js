import { availableParallelism } from 'node:os';

/** Only the backend: Node itself strips the types of all other code (test/environment/jest-modules.js). */
const transform = {
  '/backend/src/.+\\.ts$': [
    '@swc/jest',
    {
      swcrc: false,
      sourceMaps: 'inline',
      module: { type: 'es6' },
      jsc: {
        target: 'es2024',
        keepClassNames: true,
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
      },
    },
  ],
};

export default {
  runtime: '<rootDir>/test/environment/jest-runtime.js',
  testEnvironment: '<rootDir>/test/environment/jest-environment.js',
  roots: ['contracts', 'attestation', 'sdk', 'backend', 'provider-agent', 'test'].map(
    (d) => `<rootDir>/${d}`,
  ),
  globalSetup: '<rootDir>/test/environment/jest-global-setup.js',
  globalTeardown: '<rootDir>/test/environment/jest-global-teardown.js',
  // One more than processors: stories wait for other processes. At most four: each loads its own NestJS and viem.
  maxWorkers: Math.min(4, availableParallelism() + 1),
  testSequencer: '<rootDir>/test/environment/jest-sequencer.js',
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  testTimeout: 60_000, // a fresh machine starts Postgres and the EVM inside the first test that needs them
  transform,
};
