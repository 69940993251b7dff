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

test('--help lists the scenarios', () => {
  const { status, stdout } = run('--help');
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^ {2}squeeze +\S/m)]);
});

test.each([
  [[]],
  [['unheard-of']],
  [['load', 'more']],
  [['toString']],
  [['load', '--seed', 'x']],
  [['load', '--seeds', '0']],
])('%j is misuse: exit code 2 and the list, nothing on stdout', (args) => {
  const { status, stdout, stderr } = run(...args, '--json');
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^ {2}load +\S/m)]);
});
