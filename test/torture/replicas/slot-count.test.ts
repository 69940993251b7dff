import { expect, test } from '@jest/globals';
import { SlotCount } from './slot-count.ts';

function count(
  slots: number,
  ...events: readonly (readonly [state: string, leaseId: string, atMs: number, message?: string])[]
) {
  const counted = new SlotCount(slots);
  for (const [state, leaseId, atMs, message = ''] of events)
    counted.hear({ home: 'h', state, leaseId, atMs, message });
  return counted;
}

test('a slot sold to two leases at once is seen', () => {
  expect(count(1, ['lease-sold', 'a', 0], ['lease-sold', 'b', 3_000]).violations).toEqual([
    'home h: 2 of 1 slots taken by lease b',
  ]);
});

test('a slot that a lease gave back after its idle time, or that was never granted, may be sold again', () => {
  const idle = count(1, ['lease-sold', 'a', 0], ['lease-sold', 'b', 5_000]);
  const refused = count(1, ['lease-sold', 'a', 0], ['lease-refused', 'a', 10], ['lease-sold', 'b', 20]);
  expect([idle.violations, refused.violations]).toEqual([[], []]);
});

test('a running job keeps its slot as long as it runs, and for the idle time after that', () => {
  const running = [
    ['lease-sold', 'a', 0],
    ['job-started', 'a', 100],
  ] as const;
  expect(count(1, ...running, ['lease-sold', 'b', 60_000]).violations).toHaveLength(1);
  expect(
    count(1, ...running, ['job-ended', 'a', 60_000], ['lease-sold', 'b', 61_000]).violations,
  ).toHaveLength(1);
  expect(count(1, ...running, ['job-ended', 'a', 60_000], ['lease-sold', 'b', 65_000]).violations).toEqual(
    [],
  );
});

test('an enclave without a free sequence says that too much was sold', () => {
  expect(
    count(2, ['job-refused', 'a', 0, 'job not done: enclave: all 2 slots are taken']).violations,
  ).toHaveLength(1);
});
