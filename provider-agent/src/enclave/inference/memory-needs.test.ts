import { expect, test } from '@jest/globals';
import { memoryShortage } from './memory-needs.ts';

const GIB = 2 ** 30;

test('weights and contexts together have to fit, and the message says what takes how much', () => {
  const needs = { weightsBytes: 3 * GIB, contextBytes: GIB };
  expect(memoryShortage(needs, 4 * GIB)).toBeUndefined();
  expect(memoryShortage(needs, 4 * GIB - 1)).toBe(
    'needs 4.00 GiB (3.00 GiB for weights, 1.00 GiB for contexts), 4.00 GiB are available',
  );
});

test('what fits on the GPU need not fit beside it', () => {
  const needs = { weightsBytes: 6 * GIB, contextBytes: 2 * GIB };
  expect(memoryShortage(needs, 2 * GIB, 6 * GIB)).toBeUndefined();
  expect(memoryShortage(needs, 2 * GIB, 5 * GIB)).toBe(
    'needs 8.00 GiB (6.00 GiB for weights, 2.00 GiB for contexts), 2.00 GiB and 5.00 GiB on the GPU are available',
  );
});
