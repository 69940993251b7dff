import { expect, test } from '@jest/globals';
import { SharedReads } from './shared-reads.ts';
import { Turnstile } from './turnstile.ts';

test('who comes within the time goes on together, who comes later waits anew', async () => {
  const wakes: (() => void)[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => wakes.push(ms === 200 ? resolve : () => {}));
  const turnstile = new Turnstile({ sleep }, 200, 3, new AbortController().signal);
  const passed: string[] = [];
  const pass = async (name: string) => {
    await turnstile.passed();
    passed.push(name);
  };
  const [first, second] = [pass('first'), pass('second')];
  expect(wakes).toHaveLength(1);
  wakes[0]?.();
  await Promise.all([first, second]);
  expect(passed).toEqual(['first', 'second']);
  const third = pass('third');
  expect([wakes.length, passed.length]).toEqual([2, 2]);
  wakes[1]?.();
  await third;
});

test('as many as may go at once do not wait for the time, and those behind them wait anew', async () => {
  const wakes: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => wakes.push(resolve));
  const turnstile = new Turnstile({ sleep }, 200, 2, new AbortController().signal);
  await Promise.all([turnstile.passed(), turnstile.passed()]);
  let isThrough = false;
  const third = turnstile.passed().then(() => {
    isThrough = true;
  });
  wakes[0]?.(); // the time of those who are gone
  await Promise.resolve();
  expect([wakes.length, isThrough]).toEqual([2, false]);
  wakes[1]?.();
  await third;
});

test('equal reads that are under way are one; nothing is remembered, a failure least of all', async () => {
  const asked: string[] = [];
  const reads = new SharedReads(async (key: string) => {
    asked.push(key);
    if (asked.length === 1) throw new Error('the database is gone');
    return asked.length;
  });
  const failed = await Promise.allSettled([reads.get('a'), reads.get('a')]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await Promise.all([reads.get('a'), reads.get('b'), reads.get('a')])).toEqual([2, 3, 2]);
  expect(asked).toEqual(['a', 'a', 'b']);
});
