import { expect, test } from '@jest/globals';
import { retryAfterMs } from './retry-after.ts';

const nowMs = Date.UTC(2026, 10, 21, 12, 0, 0);

test.each([
  ['0', 0],
  ['120', 120_000],
  ['999999999', 86_400_000],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['Sun, 21 Nov 2027 12:00:00 GMT', 86_400_000],
])('%s means %i ms', (header, expected) => {
  expect(retryAfterMs(header, nowMs)).toBe(expected);
});

test.each([null, '', '-1', '1.5', 'soon', '2026-11-21T12:00:30Z', 'Xxx, 99 Xxx 2026 99:99:99 GMT'])(
  '%s says nothing',
  (header) => {
    expect(retryAfterMs(header, nowMs)).toBeUndefined();
  },
);
