import { observeChain, verifyBundle } from '@hearth/sdk';
import type { TrustFile } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';

const world = await createWorld({ seed: 'observed chain' });
const observed = await observeChain(world.chain, world.bundle);

const judge = async (observations: TrustFile['chain']['observed']) => {
  const chain = { ...world.trust.chain, ...(observations ? { observed: observations } : {}) };
  const options = { allowSimulated: true, allowAbsent: false, chain: undefined };
  const verdict = await verifyBundle(world.bundle, { ...options, trust: { ...world.trust, chain } });
  return { ok: verdict.ok, ...verdict.levels.L5 };
};

test('without a chain, what the auditor wrote down of it carries L5, and the reason says so', async () => {
  expect(await judge(observed)).toMatchObject({
    ok: true,
    result: 'pass',
    reason: expect.stringContaining('as the trust file observed it'),
  });
});

test('without a chain and without an observation of this settlement L5 is absent', async () => {
  expect(await judge(undefined)).toMatchObject({ ok: false, result: 'absent' });
  expect(await judge({ ...observed, settlements: [] })).toMatchObject({ ok: false, result: 'absent' });
  expect(await judge({ ...observed, enclaves: [] })).toMatchObject({ ok: false, result: 'absent' });
});

test.each([
  ['another provider', { provider: `0x${'9'.repeat(40)}` as const }],
  ['another machine', { detailsHash: `0x${'9'.repeat(64)}` as const }],
  ['another tier', { tier: 2 }],
])('an enclave that was observed with %s fails L5', async (_, change) => {
  const enclaves = observed.enclaves.map((seen) => ({ ...seen, ...change }));
  expect(await judge({ ...observed, enclaves })).toMatchObject({ ok: false, result: 'fail' });
});

test.each([
  ['less money', { paidMicroUsd: 0n }],
  ['an earlier receipt', { sequence: 0n }],
  ['another credit', { creditMicroUsd: 1n }],
  ['another block', { blockNumber: 0 }],
  ['another transaction', { txHash: `0x${'9'.repeat(64)}` as const }],
  ['another buyer', { buyer: `0x${'9'.repeat(40)}` as const }],
])('a settlement that was observed with %s fails L5', async (_, change) => {
  const settlements = observed.settlements.map((seen) => ({ ...seen, ...change }));
  expect(await judge({ ...observed, settlements })).toMatchObject({ ok: false, result: 'fail' });
});
