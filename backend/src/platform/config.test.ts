import { expect, test } from '@jest/globals';
import { loadConfig } from './config.ts';

const environment = {
  DATABASE_URL: 'postgresql://hearth@127.0.0.1/hearth',
  RPC_URL: 'http://127.0.0.1:8545',
  CHAIN_ID: '31337',
  TOKEN: `0x${'A1'.repeat(20)}`,
  REGISTRY: `0x${'b2'.repeat(20)}`,
  SETTLEMENT: `0x${'c3'.repeat(20)}`,
  OPERATOR_PRIVATE_KEY: `0x${'4d'.repeat(32)}`,
  LOG_PRIVATE_KEY: '5e'.repeat(32),
};

test('a complete environment becomes one frozen configuration with its defaults', () => {
  const config = loadConfig(environment);
  expect(config).toMatchObject({
    chainId: 31337,
    host: '127.0.0.1',
    port: 0,
    settlementWorker: true,
    redisUrl: undefined,
  });
  expect(config.token).toBe(`0x${'a1'.repeat(20)}`);
  expect(config.logPrivateKey).toBe(`0x${'5e'.repeat(32)}`);
  expect(Object.isFrozen(config)).toBe(true);
});

test('every bad variable is named at once, and no secret is repeated', () => {
  const bad = { ...environment, RPC_URL: 'ftp://x', CHAIN_ID: 'one', OPERATOR_PRIVATE_KEY: 'hunter2' };
  expect(() => loadConfig(bad)).toThrow(
    /RPC_URL: expected http: or https:.*CHAIN_ID:.*OPERATOR_PRIVATE_KEY: expected 32 bytes/,
  );
  expect(() => loadConfig(bad)).not.toThrow(/hunter2/);
});

test('a missing variable is an error, not a default', () => {
  const { SETTLEMENT: _, ...rest } = environment;
  expect(() => loadConfig(rest)).toThrow(/SETTLEMENT/);
});
