import { expect, test } from '@jest/globals';
import { SensorBoard } from '../site/sensor-board.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { parseTrace, recordingSink, replayTrace } from './site-trace.ts';

const grid = { signal: 'gridW', unit: 'W', isInverted: false } as const;

test('what a source said is written down raw, passed on, and plays again as it was', () => {
  let nowMs = 1_000;
  let text = '';
  const sink = new RecordingSink();
  const recording = recordingSink(
    sink,
    'meter',
    () => nowMs,
    (line) => (text += line),
  );
  for (const value of [500, '510', Number.NaN, { not: 'a value' }]) {
    recording.sample(grid, { value, measuredAtMs: nowMs });
    nowMs += 4_000;
  }
  recording.lost('gone');
  expect([sink.samples.length, sink.losses]).toEqual([4, ['gone']]);

  const board = new SensorBoard();
  const seen: unknown[] = [];
  replayTrace(parseTrace(text), board, 5_000, (atMs) => seen.push([atMs, board.value('gridW', atMs)]));
  expect(seen).toEqual([
    [6_000, 510],
    [11_000, undefined],
    [16_000, undefined],
  ]);
});

test('a line that is none stops the replay with its place', () => {
  expect(() => parseTrace('{"atMs":1}\n')).toThrow(/source/);
});
