import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deploymentParameters, parametersJsonSchema } from './parameters.ts';

const folder = join(import.meta.dirname, '..', '..', 'deployments');
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const read = (name: string) => JSON.parse(text(name));
/** An example with an account in each placeholder. */
const filled = (name: string) =>
  JSON.parse(text(name).replaceAll(`0x${'0'.repeat(37)}`, `0x${'1'.repeat(37)}`));
const production = filled('production.example.json');
const faultsOf = (value: unknown) =>
  deploymentParameters.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? [];

test.each(['local', 'testnet', 'production'])(
  'the example for %s is accepted with accounts in it',
  (network) => {
    const parameters = deploymentParameters.parse(filled(`${network}.example.json`));
    expect(parameters.network).toBe(network);
  },
);

test('the local example is accepted as it is', () => {
  expect(faultsOf(read('local.example.json'))).toEqual([]);
});

// Nobody has their keys: a market deployed with them could not be governed, and its fees would be lost.
test.each(['testnet', 'production'])(
  'the placeholders of the example for %s are refused, each by name',
  (network) => {
    expect(faultsOf(read(`${network}.example.json`))).toEqual([
      'operatorFeeRecipient',
      'insurance',
      'logOperator',
      'governance.admin',
      'governance.releaseManager',
      'governance.revoker',
      'governance.guardian',
    ]);
  },
);

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
  expect(faultsOf({ ...filled('testnet.example.json'), ...change })).toEqual([fault]);
});

test('a test token is refused on a public test network, where it would not work', () => {
  expect(faultsOf({ ...filled('testnet.example.json'), token: 'deploy-test-token' })).toEqual(['token']);
});
