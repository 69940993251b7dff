import type { Bundle, Opening } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { createWorld } from '../builders/bundle.ts';
import { type Defect, expectRefused, rows } from './defects.ts';
import { failuresOf, judge, other32 } from './judge.ts';

const world = await createWorld({ seed: 'honest' });
const isPrompt = (opening: Opening) => opening.tree === 'prompt';

/** The bundle with each opening of the prompt changed. */
const prompts =
  (change: (opening: Opening) => Opening) =>
  (bundle: Bundle): Bundle => ({
    ...bundle,
    openings: bundle.openings.map((opening) => (isPrompt(opening) ? change(opening) : opening)),
  });
const only =
  (index: number) =>
  (bundle: Bundle): Bundle => ({
    ...bundle,
    openings: bundle.openings.filter((opening) => isPrompt(opening) && opening.index === index),
  });

const defects: Defect[] = [
  {
    says: 'other words',
    change: prompts((opening) => ({ ...opening, item: { role: 'user', content: 'Never said.' } })),
    fails: ['L7'],
    reason: /opening 1: it is not item 0 of the prompt commitment/,
  },
  {
    says: 'another salt',
    change: prompts((opening) => ({ ...opening, salt: other32('1') })),
    fails: ['L7'],
    reason: /opening 1/,
  },
  {
    says: 'another path',
    change: prompts((opening) => ({ ...opening, path: opening.path.map(() => other32('1')) })),
    fails: ['L7'],
    reason: /opening 1/,
  },
  {
    says: 'a prompt shown as the answer',
    change: prompts((opening) => ({ ...opening, tree: 'output' })),
    fails: ['L7'],
    reason: /it is not item 0 of the output commitment/,
  },
  {
    says: 'messages in another order',
    change: prompts((opening) => ({ ...opening, index: (opening.index + 1) % 3 })),
    fails: ['L7'],
    reason: /opening 1/,
  },
  {
    says: 'one item shown twice',
    change: (bundle) => ({ ...bundle, openings: [...bundle.openings, ...bundle.openings.filter(isPrompt)] }),
    fails: ['L7'],
    reason: /prompt: item 0 is opened twice/,
  },
  // RFC 6962 paths do not bind the size: without the last item, "0 of 3" is also a good path for "0 of 4".
  {
    says: 'two sizes of one list',
    change: (bundle) => ({
      ...bundle,
      openings: bundle.openings.map((opening) =>
        isPrompt(opening) && opening.index === 0 ? { ...opening, size: 4 } : opening,
      ),
    }),
    fails: ['L7'],
    reason: /prompt: its openings say 3 and 4 items/,
  },
  {
    says: 'nonsense that has no canonical form',
    change: prompts((opening) => ({ ...opening, item: '\ud800' })),
    fails: ['L7'],
    reason: /opening 1/,
  },
];

test.each(rows(defects))('L7 refuses %s', (_, defect) => expectRefused(defect));

test('L7 says which lists are opened as a whole, and that a lone item proves no place', async () => {
  expect((await judge(world)).levels.L7.reason).toBe(
    'opened: params (all 1), prompt (all 3), output (all 1)',
  );
  const { result, reason } = (await judge(world, only(2)(world.bundle))).levels.L7;
  expect({ result, reason }).toEqual({
    result: 'pass',
    reason: 'opened: prompt (1 item, its place in the list as the bundle says it)',
  });
});

test('a list that is opened whole must be the whole list', async () => {
  // The third of three messages, shown as the second of two: its path fits, so a lone opening cannot tell.
  const asSecondOfTwo = prompts((opening) => ({ ...opening, index: 1, size: 2 }))(only(2)(world.bundle));
  expect(failuresOf(await judge(world, asSecondOfTwo))).toEqual([]);
  const [first] = world.bundle.openings.filter(isPrompt);
  const forged = {
    ...asSecondOfTwo,
    openings: [...asSecondOfTwo.openings, { ...(first as Opening), size: 2, path: [] }],
  };
  expect(failuresOf(await judge(world, forged))).toEqual(['L7']);
});

test('a bundle that opens nothing is fine, and says so', async () => {
  const verdict = await judge(world, { ...world.bundle, openings: [] });
  expect({ ok: verdict.ok, L7: verdict.levels.L7.result }).toEqual({ ok: true, L7: 'absent' });
});
