import { expect, test } from '@jest/globals';
import { csvLine, usdOfPico } from './csv.ts';
import { localDay } from './local-day.ts';

test('E23: cells with separators are quoted, and no spreadsheet takes one for a formula', () => {
  expect(csvLine(['a,b', 'say "x"', '=1+1', 12n, -3])).toBe('"a,b","say ""x""",\'=1+1,12,-3\r\n');
});

test('E23: dollars are exact to the pico-dollar', () => {
  expect([0n, 1n, 1_000_000_000_000n, 12_345_678_901_234n].map(usdOfPico)).toEqual([
    '0.000000000000',
    '0.000000000001',
    '1.000000000000',
    '12.345678901234',
  ]);
});

test('E23: local dates follow the wall clock over both changes of the year', () => {
  const dayOf = localDay('Europe/Berlin');
  const hoursOf = (day: string, fromUtc: number) =>
    Array.from({ length: 48 }, (_, hour) => dayOf(fromUtc + hour * 3_600_000)).filter((date) => date === day)
      .length;
  expect(hoursOf('2026-03-29', Date.UTC(2026, 2, 28, 12))).toBe(23);
  expect(hoursOf('2026-10-25', Date.UTC(2026, 9, 24, 12))).toBe(25);
});
