import { expect, test } from '@jest/globals';
import { EventQueue } from './event-queue.ts';

/** As the decode loop asks for the next batch: some promises later, in an immediate callback. */
async function untilAsked(ask: () => void): Promise<void> {
  for (let hops = 0; hops < 25; hops += 1) await Promise.resolve();
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      ask();
      resolve();
    });
  });
}

test('whoever reads does so once the source has asked for more', async () => {
  const queue = new EventQueue<string>();
  const order: string[] = [];
  const source = async () => {
    for (const item of ['a', 'b']) {
      queue.push(item);
      await untilAsked(() => order.push(`asked after ${item}`));
      for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve)); // the model computes
    }
    queue.finish();
  };
  const running = source();
  for (let items = await queue.next(); items; items = await queue.next()) order.push(`read ${items}`);
  await running;
  expect(order).toEqual(['asked after a', 'read a', 'asked after b', 'read b']);
});

test('what comes while the reader is busy is read together, and a failure comes behind it', async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.push(2);
  queue.fail(new Error('broken'));
  expect(await queue.next()).toEqual([1, 2]);
  await expect(queue.next()).rejects.toThrow('broken');
});

test('an end without items is an end', async () => {
  const queue = new EventQueue<number>();
  queue.finish();
  expect(await queue.next()).toBeUndefined();
});
