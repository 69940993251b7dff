import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planBatch } from './batch-plan.ts';

test('who generates is in every batch, and prompts share what is left', () => {
  expect(planBatch([1, 300, 1, 300], { tokens: 102, tokensPerSequence: 63 })).toEqual([1, 50, 1, 50]);
});

test('what a short prompt leaves goes to the long ones, up to the limit of a sequence', () => {
  expect(planBatch([5, 300, 300], { tokens: 105, tokensPerSequence: 63 })).toEqual([5, 50, 50]);
  expect(planBatch([5, 300], { tokens: 512, tokensPerSequence: 63 })).toEqual([5, 63]);
});

test('of more sequences than a batch has tokens, the first ones are served', () => {
  expect(planBatch([9, 9, 9], { tokens: 2, tokensPerSequence: 63 })).toEqual([1, 1, 0]);
});

test('no batch is beyond its limits, and none is smaller than it need be by as much as one token each', () => {
  const wanted = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      wanted,
      fc.integer({ min: 1, max: 512 }),
      fc.integer({ min: 1, max: 63 }),
      (lengths, tokens, most) => {
        const shares = planBatch(lengths, { tokens, tokensPerSequence: most });
        const sum = shares.reduce((total, share) => total + share, 0);
        expect(sum).toBeLessThanOrEqual(tokens);
        for (const [i, share] of shares.entries())
          expect(share).toBeLessThanOrEqual(Math.min(lengths[i] ?? 0, most));
        const open = shares.filter((share, i) => share < Math.min(lengths[i] ?? 0, most));
        expect(open.length === 0 || tokens - sum < open.length).toBe(true);
      },
    ),
  );
});
