import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withLock } from '../../scripts/lock-file.mjs';

const holder = fileURLToPath(new URL('./fixtures/hold-lock.mjs', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('of many processes at once only one at a time holds the lock, and each gets its turn', async () => {
  const processes = Array.from({ length: 6 }, () => startHolder('work'));
  expect(await Promise.all(processes.map(exitCodeOf))).toEqual([0, 0, 0, 0, 0, 0]);
  const lines = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(12);
  for (let i = 0; i < lines.length; i += 2) {
    expect(lines[i + 1]).toBe(lines[i]?.replace('enter', 'leave'));
  }
});

test('the lock of a killed holder is taken over', async () => {
  const victim = startHolder('hold');
  await firstLine(victim);
  victim.kill('SIGKILL');
  await exitCodeOf(victim);
  expect(
    await withLock(
      join(folder, 'lock'),
      () => {},
      async () => 'mine',
    ),
  ).toBe('mine');
});

test('a waiter is told once who holds the lock', async () => {
  const first = startHolder('hold');
  await firstLine(first);
  const told: unknown[] = [];
  const taken = withLock(
    join(folder, 'lock'),
    (pid: unknown) => {
      told.push(pid);
      first.stdin?.end(); // the holder leaves when its input ends
    },
    async () => 'mine',
  );
  expect(await taken).toBe('mine');
  expect(told).toEqual([first.pid]);
});

test('work that throws gives the lock back', async () => {
  const path = join(folder, 'lock');
  const broken = withLock(
    path,
    () => {},
    () => Promise.reject(new Error('build failed')),
  );
  await expect(broken).rejects.toThrow('build failed');
  await expect(readFile(path)).rejects.toThrow(/ENOENT/);
});

function startHolder(mode: 'work' | 'hold'): ChildProcess {
  return spawn(process.execPath, [holder, folder, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the holder has no stdout');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the holder ended without a word');
}

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
