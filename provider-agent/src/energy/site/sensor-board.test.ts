import { expect, test } from '@jest/globals';
import type { Mapping, RawSample } from './normalise.ts';
import { MAX_SAMPLES_PER_SECOND, SensorBoard } from './sensor-board.ts';

const NOW_MS = 1_800_000_000_000;
const grid: Mapping = { signal: 'gridW', unit: 'W', isInverted: false };

/** A meter that has spoken every 5 s until NOW_MS, last `500` W. */
function lively() {
  const board = new SensorBoard();
  for (let ms = -60_000; ms <= 0; ms += 5_000) board.accept('meter', grid, { value: 500 }, NOW_MS + ms);
  return board;
}
const accept = (board: SensorBoard, raw: RawSample, afterMs = 0) =>
  board.accept('meter', grid, raw, NOW_MS + afterMs);

test('E1: a reading says where it is from and how old it is', () => {
  expect(lively().assess('gridW', NOW_MS + 2_000)).toEqual({
    value: 500,
    quality: 'good',
    ageMs: 2_000,
    source: 'meter',
    cause: undefined,
  });
});

test('E2: a retained value alone is unknown, a live one makes it good', () => {
  const board = new SensorBoard();
  expect(accept(board, { value: 500, isRetained: true })).toBe('retained_only');
  expect(board.assess('gridW', NOW_MS)).toMatchObject({ quality: 'unknown', cause: 'retained_only' });
  accept(board, { value: 510 });
  expect(board.assess('gridW', NOW_MS)).toMatchObject({ quality: 'good', value: 510 });
});

test('limits believe a lively meter for 2.5 of its gaps, economics for a minute', () => {
  const board = lively();
  expect(board.strictValue('gridW', NOW_MS + 12_500)).toBe(500);
  expect(board.strictValue('gridW', NOW_MS + 12_501)).toBeUndefined();
  expect(board.value('gridW', NOW_MS + 60_000)).toBe(500);
  expect(board.value('gridW', NOW_MS + 60_001)).toBeUndefined();
  expect(board.assess('gridW', NOW_MS + 13_000)).toMatchObject({ quality: 'stale', cause: 'late' });
  expect(board.assess('gridW', NOW_MS + 61_000)).toMatchObject({ quality: 'stale', cause: 'silent' });
});

test('a meter that speaks only on change is not late before its age limit', () => {
  const board = new SensorBoard();
  for (let ms = -120_000; ms <= 0; ms += 40_000) board.accept('meter', grid, { value: 500 }, NOW_MS + ms);
  expect(board.strictValue('gridW', NOW_MS + 60_000)).toBe(500);
});

test('bad samples never replace a good one: they let it grow old, and name the cause', () => {
  const board = lively();
  for (let ms = 1_000; ms <= 20_000; ms += 1_000) accept(board, { value: Number.NaN }, ms);
  expect(board.assess('gridW', NOW_MS + 5_000)).toMatchObject({ quality: 'good', value: 500 });
  expect(board.assess('gridW', NOW_MS + 20_000)).toMatchObject({ quality: 'stale', cause: 'not_a_number' });
});

test('a source that says it does not know is believed at once', () => {
  const board = lively();
  accept(board, { value: 'unavailable' }, 1_000);
  expect(board.assess('gridW', NOW_MS + 1_000)).toMatchObject({ quality: 'unknown', cause: 'unavailable' });
});

test('a lost source takes all its values with it, and no others', () => {
  const board = lively();
  board.accept('inverter', { signal: 'pvW', unit: 'W', isInverted: false }, { value: 900 }, NOW_MS);
  board.lost('meter', NOW_MS);
  expect(board.assess('gridW', NOW_MS)).toMatchObject({ quality: 'unknown', cause: 'source_lost' });
  expect(board.value('pvW', NOW_MS)).toBe(900);
});

test('a flood costs a bounded number of looks, and is called one', () => {
  const board = new SensorBoard();
  const faults = Array.from({ length: 500 }, (_, value) => accept(board, { value }));
  expect(faults.filter((fault) => fault === undefined)).toHaveLength(MAX_SAMPLES_PER_SECOND);
  expect(faults.at(-1)).toBe('flood');
});

test('an older measurement does not overtake a newer one', () => {
  const board = lively();
  expect(accept(board, { value: 9, measuredAtMs: NOW_MS - 1_000 }, 1_000)).toBe('out_of_order');
  expect(board.value('gridW', NOW_MS + 1_000)).toBe(500);
});
