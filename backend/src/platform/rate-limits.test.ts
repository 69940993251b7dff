import { HearthError } from '@hearth/sdk/protocol';
import { expect, test } from '@jest/globals';
import { ConcurrencyLimits, RateLimits, retryAfterSeconds } from './rate-limits.ts';

function refusalOf(take: () => unknown): HearthError {
  try {
    take();
  } catch (error) {
    return error as HearthError;
  }
  throw new Error('expected a refusal');
}

test('each key has its own rate, and a refusal says after how many whole seconds to come again', () => {
  const limits = new RateLimits('requests', { burst: 1, perSecond: 0.4 });
  limits.take('a', 0);
  limits.take('b', 0);
  const refusal = refusalOf(() => limits.take('a', 0));
  expect([refusal.httpStatus, refusal.details, retryAfterSeconds(refusal)]).toEqual([
    429,
    { retryAfterMs: 2_500 },
    '3',
  ]);
  limits.take('a', 2_500);
});

test('a place is given back once, and only to its key', () => {
  const limits = new ConcurrencyLimits('jobs', 2);
  const leave = limits.enter('a');
  limits.enter('a');
  limits.enter('b');
  const refusal = refusalOf(() => limits.enter('a'));
  expect([refusal.code, retryAfterSeconds(refusal)]).toEqual(['rate_limited', '1']);
  leave();
  leave();
  limits.enter('a');
  expect(refusalOf(() => limits.enter('a')).code).toBe('rate_limited');
});

test('only what may be tried again says when', () => {
  expect(retryAfterSeconds(new HearthError('unavailable', 'later'))).toBe('1');
  expect(retryAfterSeconds(new HearthError('invalid_request', 'never'))).toBeUndefined();
});
