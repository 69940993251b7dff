import { expect, test } from '@jest/globals';
import { printable } from './printable.ts';

test('a sentence stays as it is, in any script', () => {
  expect(printable('output price: expected at most 2 µUSD, got “3” – 价格')).toBe(
    'output price: expected at most 2 µUSD, got “3” – 价格',
  );
});

test.each([
  ['a new line', 'fail\nOK', 'fail\\u000aOK'],
  ['a terminal escape', '\u001b[2Jgone', '\\u001b[2Jgone'],
  ['a change of direction', 'a\u202eb', 'a\\u202eb'],
  ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ['half a surrogate pair', 'a\ud800', 'a\\ud800'],
])('%s is shown, not obeyed', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('a sentence has an end', () => {
  expect(printable('x'.repeat(100_000)).length).toBeLessThan(700);
});
