import { expect, test } from '@jest/globals';
import { LocalTime } from './local-time.ts';
import { quietAt } from './quiet-hours.ts';

const berlin = new LocalTime('Europe/Berlin');
const HOUR_MS = 3_600_000;

test('local days have 23, 24 or 25 hours', () => {
  const hours = (utc: number) => {
    const { startMs, endMs } = berlin.day(utc);
    return (endMs - startMs) / HOUR_MS;
  };
  expect([
    hours(Date.UTC(2026, 2, 29, 12)),
    hours(Date.UTC(2026, 5, 1, 23, 30)),
    hours(Date.UTC(2026, 9, 25, 12)),
  ]).toEqual([23, 24, 25]);
  expect(berlin.day(Date.UTC(2026, 9, 25, 12)).startMs).toBe(Date.UTC(2026, 9, 24, 22));
});

test('wall time follows the zone, also where it is not a whole hour off', () => {
  expect(new LocalTime('Asia/Kathmandu').at(Date.UTC(2026, 0, 1, 0, 0)).minuteOfDay).toBe(5 * 60 + 45);
  expect(berlin.at(Date.UTC(2026, 9, 25, 0, 59)).minuteOfDay).toBe(2 * 60 + 59);
  expect(berlin.at(Date.UTC(2026, 9, 25, 1, 0)).minuteOfDay).toBe(2 * 60);
  expect(() => new LocalTime('Europe/Atlantis')).toThrow(RangeError);
});

test('E14: quiet hours over midnight hold by the clock on the wall in both nights of the year', () => {
  const night = [{ fromMinute: 22 * 60, toMinute: 6 * 60, capW: 150 }];
  const quietHours = (fromUtc: number) =>
    Array.from({ length: 24 * 60 }, (_, minute) => quietAt(night, berlin, fromUtc + minute * 60_000)).filter(
      (quiet) => quiet !== undefined,
    ).length / 60;
  expect([
    quietHours(Date.UTC(2026, 2, 28, 12)),
    quietHours(Date.UTC(2026, 5, 1, 12)),
    quietHours(Date.UTC(2026, 9, 24, 12)),
  ]).toEqual([7, 8, 9]);
});

test('E14: of two windows the stricter one counts, and it says when it ends', () => {
  const noon = Date.UTC(2026, 5, 1, 10, 0);
  const windows = [
    { fromMinute: 0, toMinute: 24 * 60 - 1, capW: 300 },
    { fromMinute: 11 * 60, toMinute: 13 * 60, weekdays: [1], capW: 0 },
  ];
  expect(quietAt(windows, berlin, noon)).toEqual({ capW: 0, untilMs: noon + HOUR_MS });
  expect(quietAt(windows, berlin, noon + 24 * HOUR_MS)?.capW).toBe(300);
});
