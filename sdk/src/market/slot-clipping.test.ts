import { expect, test } from '@jest/globals';
import { hash } from './sample-market.ts';
import { noAnswers, withAnswers } from './slot-clipping.ts';

const node = noAnswers(hash(1));

test('fewer than 200 answers judge nobody: they are kept for the next table', () => {
  expect(withAnswers(node, { accepts: 100, refusals: 99, maxUsed: 3 })).toEqual({
    nodeKey: hash(1),
    offers: 199,
    accepts: 100,
    maxUsed: 3,
    slotLimit: null,
  });
});

test('a node that refuses more than one offer in twenty gets as many slots as it was seen to use, but one', () => {
  expect(withAnswers(node, { accepts: 189, refusals: 11, maxUsed: 3 }).slotLimit).toBe(3);
  expect(withAnswers(node, { accepts: 190, refusals: 10, maxUsed: 3 }).slotLimit).toBeNull();
  expect(withAnswers(node, { accepts: 0, refusals: 200, maxUsed: 0 }).slotLimit).toBe(1);
});

test('answers add up over tables, and each verdict starts a new count', () => {
  const first = withAnswers(node, { accepts: 50, refusals: 100, maxUsed: 2 });
  const second = withAnswers(first, { accepts: 40, refusals: 10, maxUsed: 1 });
  expect(second).toEqual({ nodeKey: hash(1), offers: 0, accepts: 0, maxUsed: 0, slotLimit: 2 });
});

test('a limit stands until 200 good answers lift it', () => {
  const limited = { ...node, slotLimit: 2 };
  const waiting = withAnswers(limited, { accepts: 150, refusals: 0, maxUsed: 2 });
  expect(waiting.slotLimit).toBe(2);
  expect(withAnswers(waiting, { accepts: 50, refusals: 0, maxUsed: 2 }).slotLimit).toBeNull();
});
