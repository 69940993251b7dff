import { expect, test } from '@jest/globals';
import { CounterTable } from './counter-table.ts';

const stateOf = (n: number) => ({
  freeSlots: n % 5,
  usedSlots: n % 3,
  isPaused: n % 7 === 0,
  counterIndex: n,
});

test('holds the newest counter of each of many nodes and enclaves, and of no others', () => {
  const table = new CounterTable();
  const pairs = Array.from({ length: 20_000 }, (_, n) => [n % 9_000, (n * 7_919) % 67_108_864, n] as const);
  for (const [node, enclave, n] of pairs) table.set(node, enclave, stateOf(n + 1));
  for (const [node, enclave, n] of pairs) table.set(node, enclave, stateOf(n));
  expect(pairs.map(([node, enclave]) => table.get(node, enclave))).toEqual(
    pairs.map(([, , n]) => stateOf(n)),
  );
  expect(table.get(1, 0)).toBeUndefined();
});
