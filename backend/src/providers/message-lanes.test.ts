import { expect, test } from '@jest/globals';
import { MessageLanes } from './message-lanes.ts';

test.each([
  ['accept', ['first begins']],
  ['receipt', ['first begins', 'second begins']],
] as const)('of two %s messages under way, those begin: %j', async (type, begun) => {
  const lanes = new MessageLanes<object>();
  const sender = {};
  const heard: string[] = [];
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  lanes.run(sender, type, async () => {
    heard.push('first begins');
    await first.promise;
  });
  lanes.run(sender, type, async () => {
    heard.push('second begins');
    second.resolve();
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(begun);
  first.resolve();
  await second.promise;
  expect(heard).toEqual(['first begins', 'second begins']);
});

test('a lane takes only so many at a time, and takes more once they have ended', async () => {
  const lanes = new MessageLanes<object>();
  const sender = {};
  const end = Promise.withResolvers<void>();
  const takes = (count: number) =>
    Array.from({ length: count }, () => lanes.run(sender, 'receipt', () => end.promise)).filter(Boolean)
      .length;
  expect(takes(600)).toBe(512);
  end.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(takes(1)).toBe(1);
});
