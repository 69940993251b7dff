import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const runner = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
const program = fileURLToPath(new URL('../environment/fixtures/waits-for-stop.ts', import.meta.url));

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a program stops cleanly when its launcher gets %s',
  async (signal) => {
    const launcher = spawn(process.execPath, [runner, '--conditions=source', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    for await (const line of createInterface({ input: launcher.stdout })) {
      said.push(line);
      if (line === 'running') launcher.kill(signal);
    }
    expect(said).toEqual(['running', signal === 'SIGKILL' ? 'SIGHUP' : 'SIGTERM']);
  },
);

test('a program stops cleanly when npm is killed and its launcher lives on', async () => {
  const npm = spawn(
    process.execPath,
    [
      '-e',
      `require('node:child_process').spawn(process.execPath, ${JSON.stringify([runner, '--conditions=source', program])}, { stdio: 'inherit' })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, npm_lifecycle_event: 'start' } },
  );
  const said: string[] = [];
  for await (const line of createInterface({ input: npm.stdout })) {
    said.push(line);
    if (line === 'running') npm.kill('SIGKILL');
  }
  expect(said).toEqual(['running', 'SIGTERM']);
});
