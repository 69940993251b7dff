import { expect, test } from '@jest/globals';
import { CheckLog, firstReason, given } from './check-log.ts';
import { EvidenceError } from './errors.ts';

const reasons = { first: 'format', second: 'chain', third: 'tcb' } as const;

test('a failed check takes along what needs it, and nothing else', () => {
  const log = new CheckLog<keyof typeof reasons>(reasons);
  const first = log.run('first', [], (): number => {
    throw new EvidenceError('format', 'thing', { expected: 'a', actual: 'b' });
  });
  log.run('second', [first], (value) => value + 1);
  const third = log.run('third', [given('input', 2)], (value) => value + 1);
  expect(log.checks).toEqual([
    {
      id: 'first',
      result: 'fail',
      reason: 'format',
      detail: 'thing: expected a, got b',
      expected: 'a',
      actual: 'b',
    },
    {
      id: 'second',
      result: 'fail',
      reason: 'chain',
      detail: 'not evaluated: first failed',
      actual: 'not evaluated: first failed',
    },
    { id: 'third', result: 'pass' },
  ]);
  expect(third.value).toBe(3);
  expect(firstReason(log.checks)).toBe('format');
});

test('a bug of ours is no verdict about the evidence', () => {
  const log = new CheckLog<keyof typeof reasons>(reasons);
  expect(() =>
    log.assert('first', [], () => {
      throw new TypeError('bug');
    }),
  ).toThrow(TypeError);
});

test('a check left out on purpose is listed and no failure', () => {
  const log = new CheckLog<keyof typeof reasons>(reasons);
  log.ignore('second', 'no nonce was sent');
  expect(log.checks).toEqual([{ id: 'second', result: 'ignored', actual: 'no nonce was sent' }]);
  expect(firstReason(log.checks)).toBe(undefined);
});
