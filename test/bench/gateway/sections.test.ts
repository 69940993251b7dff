import { expect, test } from '@jest/globals';
import { firstTokenReport } from './first-token-report.ts';
import { slowReadersReport } from './slow-readers-report.ts';

test('what the sealed path adds is the difference of the medians, at each number of streams', () => {
  const load = { tokens: 4, answers: 3, plainMs: [30, 26, 27] };
  const { figures, goals } = firstTokenReport([
    { ...load, streams: 1, sealedMs: [31, 90, 30] },
    { ...load, streams: 8, sealedMs: [40, 33, 29] },
  ]);
  expect(figures).toMatchObject({ rows: [{ addedP50Ms: 4 }, { addedP50Ms: 6 }] });
  expect(goals.map(({ met }) => met)).toEqual([true, false]);
});

test('a slow reader costs what each further one adds', () => {
  const few = { streams: 64, heldBytes: 300_000_000, sentBytes: 1 };
  const report = (heldBytes: number) =>
    slowReadersReport({ few, many: { streams: 192, heldBytes, sentBytes: 3 } });
  expect(report(305_120_000)).toMatchObject({ figures: { bytesPerStream: 40_000 }, goals: [{ met: true }] });
  expect(report(309_000_000).goals[0]?.met).toBe(false);
});
