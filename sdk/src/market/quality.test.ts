import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NEWCOMER_QUALITY_PPM } from './order.ts';
import { noTrials, qualityPpmFloor, withTrials } from './quality.ts';

const after = (done: number, missed: number) => qualityPpmFloor(withTrials(noTrials, done, missed));

test.each([
  [0, 0, 885_292],
  [1, 0, 895_290],
  [90, 0, 988_053],
  [990, 0, 998_800],
  [0, 1, 604_666],
  [9, 1, 764_269],
  [90, 10, 674_852],
  [0, 10, 500_000],
])('%i jobs done and %i lost are worth a quality of %i ppm', (done, missed, expected) => {
  expect(after(done, missed)).toBe(expected);
});

test('a platform with a perfect record is worth more than a newcomer, one with a lost job less', () => {
  expect(after(1, 0)).toBeGreaterThan(NEWCOMER_QUALITY_PPM);
  expect(after(0, 1)).toBeLessThan(NEWCOMER_QUALITY_PPM);
});

test('an old fault fades as jobs are done, and an old success as they are lost', () => {
  let record = withTrials(noTrials, 0, 500);
  for (let round = 0; round < 100; round += 1) record = withTrials(record, 100, 0);
  expect(qualityPpmFloor(record)).toBeGreaterThan(990_000);
  for (let round = 0; round < 10; round += 1) record = withTrials(record, 0, 100);
  expect(qualityPpmFloor(record)).toBe(500_000);
});

const count = fc.integer({ min: 0, max: 100_000 });
const record = fc.record({ doneMilli: count, missedMilli: count });

test('quality stays within its bounds, grows with jobs done and falls with jobs lost', () => {
  fc.assert(
    fc.property(record, count, (known, more) => {
      const quality = qualityPpmFloor(known);
      expect(quality).toBeGreaterThanOrEqual(500_000);
      expect(quality).toBeLessThanOrEqual(1_000_000);
      expect(qualityPpmFloor({ ...known, doneMilli: known.doneMilli + more })).toBeGreaterThanOrEqual(
        quality,
      );
      expect(qualityPpmFloor({ ...known, missedMilli: known.missedMilli + more })).toBeLessThanOrEqual(
        quality,
      );
    }),
  );
});

test('a record never holds more than a thousand jobs, in the proportions of what it was told', () => {
  fc.assert(
    fc.property(record, count, count, (known, done, missed) => {
      const { doneMilli, missedMilli } = withTrials(known, done, missed);
      const told = [known.doneMilli + 1000 * done, known.missedMilli + 1000 * missed] as const;
      expect(doneMilli + missedMilli).toBeLessThanOrEqual(1_000_000);
      const scale = Math.min(1, 1_000_000 / Math.max(1, told[0] + told[1]));
      expect(Math.abs(doneMilli - told[0] * scale)).toBeLessThanOrEqual(1);
      expect(Math.abs(missedMilli - told[1] * scale)).toBeLessThanOrEqual(1);
    }),
  );
});
