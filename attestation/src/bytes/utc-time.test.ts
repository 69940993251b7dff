import { expect, test } from '@jest/globals';
import { isIsoTime, isoToUnixSec, unixSecToIso, utcToUnixSec } from './utc-time.ts';

test('ISO times turn into unix seconds and back', () => {
  expect(isoToUnixSec('2026-01-27T09:01:45Z')).toBe(1_769_504_505);
  expect(unixSecToIso(1_769_504_505)).toBe('2026-01-27T09:01:45Z');
  expect(isIsoTime('2024-02-29T23:59:59Z')).toBe(true);
});

test.each([
  '2025-02-29T00:00:00Z',
  '2025-13-01T00:00:00Z',
  '2025-01-01T24:00:00Z',
  '2025-01-01T00:00:60Z',
  '2025-01-01',
  '2025-01-01T00:00:00+01:00',
  '2025-01-01T00:00:00.0Z',
])('%s is no time of a calendar in UTC', (text) => {
  expect(isIsoTime(text)).toBe(false);
  expect(() => isoToUnixSec(text)).toThrow();
});

test('a date that the calendar does not have is refused instead of carried over', () => {
  expect(() => utcToUnixSec(2025, 4, 31, 0, 0, 0)).toThrow('calendar time');
});
