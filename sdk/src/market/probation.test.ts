import { expect, test } from '@jest/globals';
import { probationIn } from './probation.ts';

test.each([
  ['a pool without a record', undefined, 'off'],
  ['two established owners', { owners: 2, tokens: 100, newcomerTokens: 100 }, 'off'],
  ['three, and newcomers at one token in twenty', { owners: 3, tokens: 100, newcomerTokens: 5 }, 'open'],
  ['three, and newcomers above that', { owners: 3, tokens: 100, newcomerTokens: 6 }, 'closed'],
  ['three, and no trade at all', { owners: 3, tokens: 0, newcomerTokens: 0 }, 'open'],
] as const)('%s: probation is %s', (_, pool, expected) => {
  expect(probationIn(pool)).toBe(expected);
});
