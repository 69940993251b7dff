import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from './free-port.ts';

export interface RedisServer {
  readonly url: string;
  /** Process id of the server, if this handle runs it. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** How to get a Redis here: REDIS_URL, or a `redis-server` program on PATH; undefined if neither. Nothing in Hearth needs one. */
export function findRedis(): (() => Promise<RedisServer>) | undefined {
  const url = process.env['REDIS_URL'] ?? '';
  if (url !== '') return async () => ({ url, pid: undefined, stop: async () => {} });
  return findOwnRedis();
}

/** As `findRedis`, but always a server of one's own: for tests that kill it. */
export function findOwnRedis(): (() => Promise<RedisServer>) | undefined {
  const program = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => existsSync(path));
  return program === undefined ? undefined : () => startRedis(program);
}

async function startRedis(program: string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-redis-'));
  const port = await findFreePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const child = spawn(program, settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('Ready to accept')) break;
  if (child.exitCode !== null)
    throw new Error(`${program} ended with ${child.exitCode} instead of becoming ready`);
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
