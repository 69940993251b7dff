import { expect, test } from '@jest/globals';
import { createWorld, type WorldOptions } from '../builders/bundle.ts';
import { type Contracts } from '../builders/world-options.ts';
import { failuresOf, judge } from './judge.ts';

const honest = await createWorld({ seed: 'honest' });

const forgedRoot = { rootKey: new Uint8Array(32).fill(0x66) };
const forgedLog = { logKeySeed: 'forger' };
const forgedRelease = { measurement: { mrtd: new Uint8Array(48).fill(0x66) } };
const forgedContracts: { contracts: Contracts } = {
  contracts: { chainId: 31337, settlement: `0x${'66'.repeat(20)}`, registry: `0x${'67'.repeat(20)}` },
};

/** What the honest auditor says of a forger's world, whose own chain answers everything as the forger likes. */
async function judgedByHonest(options: Omit<WorldOptions, 'seed'>, seed = 'honest') {
  const forged = await createWorld({ seed, ...options });
  const verdict = await judge(honest, forged.bundle, { chain: forged.chain });
  return { fails: failuresOf(verdict), levels: verdict.levels, ok: verdict.ok };
}

test('a world wholly of a forger, consistent in itself, fails wherever an anchor counts', async () => {
  const { fails, levels, ok } = await judgedByHonest(
    { ...forgedRoot, ...forgedLog, ...forgedRelease, ...forgedContracts },
    'forger',
  );
  expect({ fails, ok }).toEqual({ fails: ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'], ok: false });
  // Its signatures fit each other and its openings fit its receipt: that is all they say.
  expect([levels.L0.result, levels.L7.result]).toEqual(['pass', 'pass']);
});

test('the same forger under its own log, release and contracts passes for its own auditor but at the vendor root', async () => {
  const forged = await createWorld({ seed: 'forger', ...forgedLog, ...forgedRelease, ...forgedContracts });
  expect(failuresOf(await judge(forged))).toEqual([]);
});

test.each([
  ['log', forgedLog, ['L4', 'L6']],
  ['release', forgedRelease, ['L2']],
  // Without a trusted root there is no platform to find on the chain, and no machine to hold a policy against.
  ['vendor root', forgedRoot, ['L1', 'L3', 'L5']],
  ['contracts', forgedContracts, ['L5']],
])('a forged %s alone fails where it is the anchor', async (_, options, expected) => {
  const { fails, levels } = await judgedByHonest(options);
  expect({ fails, L0: levels.L0.result }).toEqual({ fails: expected, L0: 'pass' });
});

test('parts of another honest world do not fit: each is bound to its own', async () => {
  const other = (await createWorld({ seed: 'other' })).bundle;
  const fails = async (part: Partial<typeof other>) =>
    failuresOf(await judge(honest, { ...honest.bundle, ...part }));
  expect(await fails({ evidence: other.evidence })).toContain('L1');
  expect(await fails({ enclaveKeys: other.enclaveKeys })).toEqual(expect.arrayContaining(['L0', 'L1', 'L5']));
  expect(await fails({ keyConfig: other.keyConfig })).toContain('L0');
  expect(await fails({ order: other.order, orderSignature: other.orderSignature })).toContain('L0');
  expect(await fails({ receipt: other.receipt, receiptSignature: other.receiptSignature })).toContain('L0');
  expect(await fails({ log: other.log })).toEqual(['L4', 'L6']);
  expect(await fails({ auction: other.auction })).toEqual(['L6']);
  expect(await fails({ settlement: other.settlement })).toEqual(['L5']);
  expect(await fails({ openings: other.openings })).toEqual(['L7']);
});
