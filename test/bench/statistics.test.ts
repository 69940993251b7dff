import { expect, test } from '@jest/globals';
import { median, percentile, rounded } from './statistics.ts';

test('the median of an even count lies between the two middle values', () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([9, 1, 4, 6])).toBe(5);
  expect(() => median([])).toThrow(RangeError);
});

test('a percentile is a value that occurred, by nearest rank', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1)]).toEqual([
    50, 99, 100,
  ]);
  expect(percentile(Float64Array.of(7), 0.99)).toBe(7);
  expect(() => percentile(new Float64Array(0), 0.5)).toThrow(RangeError);
});

test('figures keep four significant digits', () => {
  expect([rounded(12_345.6), rounded(0.123456)]).toEqual([12_350, 0.1235]);
});
