import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
};

test('--help lists the benches', () => {
  const { status, stdout } = run('--help');
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^ {2}gateway +\S/m)]);
});

test.each([[[]], [['unheard-of']], [['gateway', 'more']], [['toString']]])(
  'names %j: exit code 2 and the list, nothing on stdout',
  (names) => {
    const { status, stdout, stderr } = run(...names, '--json');
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^ {2}gateway +\S/m)]);
  },
);
