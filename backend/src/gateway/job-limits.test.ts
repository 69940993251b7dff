import { expect, test } from '@jest/globals';
import { JobLimits } from './job-limits.ts';

test('a key has its own limit, all keys share one, and a place is given back once', () => {
  const limits = new JobLimits({ total: 3, perKey: 2 });
  const leave = limits.enter('a');
  limits.enter('a');
  expect(() => limits.enter('a')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  limits.enter('b');
  expect(() => limits.enter('c')).toThrow(expect.objectContaining({ code: 'unavailable' }));
  leave();
  leave();
  expect(limits.running).toBe(2);
  limits.enter('a');
  expect(() => limits.enter('b')).toThrow(expect.objectContaining({ code: 'unavailable' }));
});
