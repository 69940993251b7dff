import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deploymentParameters, parametersJsonSchema } from './parameters.ts';

const folder = join(import.meta.dirname, '..', '..', 'deployments');
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const production = read('production.example.json');
const faultsOf = (value: unknown) =>
  deploymentParameters.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? [];

test.each(['local', 'testnet', 'production'])('the example for %s is accepted', (network) => {
  const parameters = deploymentParameters.parse(read(`${network}.example.json`));
  expect(parameters.network).toBe(network);
});

test('the schema that editors use is the one that is enforced', () => {
  expect(read('parameters.schema.json')).toEqual(parametersJsonSchema());
});

test.each([
  ['simulated evidence', { vendor: 'simulated' }, 'vendor'],
  ['a token for tests', { token: 'deploy-test-token' }, 'token'],
  ['the development chain', { chainId: 31_337 }, 'chainId'],
  [
    'an admin faster than orders settle',
    { governance: { ...production.governance, adminDelaySec: 72 * 3600 } },
    'governance.adminDelaySec',
  ],
  [
    'releases listed within a day',
    { governance: { ...production.governance, releaseDelaySec: 3600 } },
    'governance.releaseDelaySec',
  ],
  [
    'two roles in one hand',
    {
      governance: {
        ...production.governance,
        guardian: production.governance.admin.toUpperCase().replace('0X', '0x'),
      },
    },
    'governance',
  ],
])('production refuses %s', (_what, change, fault) => {
  expect(faultsOf({ ...production, ...change })).toEqual([fault]);
});

test.each([
  ['a fee above the cap', { feeBps: 501 }, 'feeBps'],
  ['no stake', { minStakeMicroUsd: '0' }, 'minStakeMicroUsd'],
  ['an address that is none', { insurance: '0x12' }, 'insurance'],
  ['a field that nobody knows', { feeBsp: 1 }, ''],
  ['a missing field', { confirmations: undefined }, 'confirmations'],
])('%s is refused on every network', (_what, change, fault) => {
  expect(faultsOf({ ...read('testnet.example.json'), ...change })).toEqual([fault]);
});

test('a test token is refused on a public test network, where it would not work', () => {
  expect(faultsOf({ ...read('testnet.example.json'), token: 'deploy-test-token' })).toEqual(['token']);
});
