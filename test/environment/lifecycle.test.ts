import { expect, test } from '@jest/globals';
import { Lifecycle } from './lifecycle.ts';

function part(log: string[], name: string, failure?: Error) {
  return {
    stop: async () => {
      log.push(name);
      if (failure !== undefined) throw failure;
    },
  };
}

test('parts stop in reverse order of starting, each once', async () => {
  const [lifecycle, log] = [new Lifecycle(), [] as string[]];
  await lifecycle.start('database', Promise.resolve(part(log, 'database')));
  await lifecycle.start('backend', Promise.resolve(part(log, 'backend')));
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  expect(log).toEqual(['backend', 'database']);
});

test('a part that fails to stop is named, and the others are stopped nevertheless', async () => {
  const [lifecycle, log] = [new Lifecycle(), [] as string[]];
  lifecycle.add('database', part(log, 'database'));
  lifecycle.add('backend', part(log, 'backend', new Error('port stuck')));
  await expect(lifecycle.stop()).rejects.toThrow('backend did not stop cleanly');
  expect(log).toEqual(['backend', 'database']);
});

test('a part that comes up after stopping began is stopped at once and refused', async () => {
  const [lifecycle, log] = [new Lifecycle(), [] as string[]];
  await lifecycle.stop();
  await expect(lifecycle.start('late', Promise.resolve(part(log, 'late')))).rejects.toThrow(
    'late came up while',
  );
  expect(log).toEqual(['late']);
});
