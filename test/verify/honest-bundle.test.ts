import { encodeBundle } from '@hearth/sdk';
import { expect, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';
import { allPass, failuresOf, judge, resultsOf } from './judge.ts';

const world = await createWorld({ seed: 'honest' });

test('an honest bundle passes every level where simulated evidence is allowed', async () => {
  const verdict = await judge(world);
  expect(verdict.levels).toMatchObject(
    Object.fromEntries(Object.keys(allPass).map((level) => [level, { result: 'pass' }])),
  );
  expect({ ok: verdict.ok, simulated: verdict.simulated }).toEqual({ ok: true, simulated: true });
});

test('without allowing simulated evidence exactly L1 fails', async () => {
  const verdict = await judge(world, world.bundle, { allowSimulated: false });
  expect({ ...resultsOf(verdict), ok: verdict.ok }).toEqual({ ...allPass, L1: 'fail', ok: false });
  expect(verdict.levels.L1.reason).toContain('simulated');
});

test('equal seeds give equal bytes, and another seed another world', async () => {
  const [again, other] = await Promise.all([createWorld({ seed: 'honest' }), createWorld({ seed: 'other' })]);
  expect(encodeBundle(again.bundle)).toBe(encodeBundle(world.bundle));
  expect(failuresOf(await judge(other))).toEqual([]);
  expect(other.bundle.receiptSignature).not.toBe(world.bundle.receiptSignature);
});
