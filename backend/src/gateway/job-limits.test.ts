import { expect, test } from '@jest/globals';
import { JobLimits } from './job-limits.ts';

const wide = { total: 100, perKey: 100, perOrder: 100, perSecondPerKey: 100 };
const code = (name: string) => expect.objectContaining({ code: name });

test('a key has its own limit, all keys share one, and a place is given back once', () => {
  const limits = new JobLimits({ ...wide, total: 3, perKey: 2 });
  const leave = limits.enter('a', 'order 1', 0);
  limits.enter('a', 'order 1', 0);
  expect(() => limits.enter('a', 'order 2', 0)).toThrow(code('rate_limited'));
  limits.enter('b', 'order 1', 0);
  expect(() => limits.enter('c', 'order 1', 0)).toThrow(code('unavailable'));
  leave();
  leave();
  expect(limits.running).toBe(2);
  limits.enter('a', 'order 1', 0);
  expect(() => limits.enter('b', 'order 1', 0)).toThrow(code('unavailable'));
});

test('an order has its own limit over all keys, and a refusal by it takes no place of the key', () => {
  const limits = new JobLimits({ ...wide, perKey: 1, perOrder: 1 });
  const leave = limits.enter('a', 'order', 0);
  expect(() => limits.enter('b', 'order', 0)).toThrow(code('rate_limited'));
  limits.enter('b', 'another order', 0);
  leave();
  limits.enter('a', 'order', 0);
});

test('a key that starts jobs too fast is told when to come again', () => {
  const limits = new JobLimits({ ...wide, perSecondPerKey: 2 });
  for (let job = 0; job < 4; job += 1) limits.enter('a', 'order', 1_000)();
  expect(() => limits.enter('a', 'order', 1_100)).toThrow(
    expect.objectContaining({ code: 'rate_limited', details: { retryAfterMs: 400 } }),
  );
  limits.enter('b', 'order', 1_100);
  limits.enter('a', 'order', 1_500);
});
