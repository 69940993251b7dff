import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SortedKeys } from './sorted-keys.ts';

/** From the lowest up, as a walk sees them. */
function walked(keys: SortedKeys): number[] {
  const seen: number[] = [];
  for (let key = keys.above(-1); key !== Number.POSITIVE_INFINITY; key = keys.above(key)) seen.push(key);
  return seen;
}

test('keys come in order, whatever came and went', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 400 }), (touched) => {
      const keys = new SortedKeys();
      const held = new Set<number>();
      for (const key of touched) {
        expect(keys.remove(key)).toBe(held.delete(key));
        if (key % 3 === 0) continue;
        keys.add(key);
        held.add(key);
      }
      for (const key of [0, 150, 151, 300])
        expect(keys.above(key)).toBe(Math.min(...[...held].filter((one) => one > key)));
      const inOrder = [...held].sort((a, b) => a - b);
      expect([...keys]).toEqual(inOrder);
      expect(walked(keys)).toEqual(inOrder);
    }),
    { numRuns: 100 },
  );
});

test('thousands of keys are split into runs and still come in order', () => {
  const keys = new SortedKeys();
  const shuffled = Array.from({ length: 5_000 }, (_, n) => ((n * 2_654_435_761) % 5_003) * 2 ** 22);
  for (const key of shuffled) keys.add(key);
  const inOrder = [...shuffled].sort((a, b) => a - b);
  expect(walked(keys)).toEqual(inOrder);
  for (const key of shuffled.slice(0, 4_999)) expect(keys.remove(key)).toBe(true);
  expect(walked(keys)).toEqual([shuffled[4_999]]);
  keys.remove(shuffled[4_999] as number);
  expect(keys.above(-1)).toBe(Number.POSITIVE_INFINITY);
});
