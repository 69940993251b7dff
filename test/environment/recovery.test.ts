import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startVictim } from './fixtures/start-victim.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import {
  commandLineOf,
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  waitUntilGone,
} from './process-identity.ts';
import { openStateDir } from './state-dir.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-recovery-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a Postgres whose owner was killed is adopted: same process, same data', async () => {
  const victim = await startVictim('lasting-postgres', folder);
  await query(victim.url, 'create table kept (x int)');
  await victim.kill();
  await withLastingPostgres(async (postgres) => {
    expect(postgres.pid).toBe(victim.pid);
    expect(await query(postgres.url, 'select * from kept')).toEqual([]);
  });
  expect(identifyProcess(victim.pid)).toBeUndefined();
});

test('a Postgres that was killed itself recovers every committed row, under the same address', async () => {
  const victim = await startVictim('lasting-postgres', folder);
  await query(victim.url, 'create table paid (micro_usd int)');
  await query(victim.url, 'insert into paid values (1000)');
  process.kill(victim.pid, 'SIGKILL');
  await victim.kill();
  await withLastingPostgres(async (postgres) => {
    expect(postgres.pid).not.toBe(victim.pid);
    expect(postgres.url).toBe(victim.url);
    expect(await query(postgres.url, 'select * from paid')).toEqual([{ micro_usd: 1000 }]);
  });
});

test('a stale pid file that names a living stranger does not stop Postgres from starting, nor harm the stranger', async () => {
  await withLastingPostgres(async () => {});
  const pidFile = join(await homeOf(folder), 'cluster', 'postmaster.pid');
  await writeFile(pidFile, `${process.pid}\n${folder}\n0\n5432\n\n127.0.0.1\n\nready\n`);
  await withLastingPostgres(async (postgres) => {
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

test('deleting the data directory forgets the cluster: the next start ends what still runs for it', async () => {
  const victim = await startVictim('lasting-postgres', folder);
  const leftover = identified(victim.pid);
  const home = await homeOf(folder);
  await victim.kill();
  if (home.startsWith(folder)) process.kill(victim.pid, 'SIGQUIT'); // it lies inside: nothing could tell us about it later
  await rm(folder, { recursive: true, force: true });
  await withLastingPostgres(async (postgres) => {
    expect(postgres.pid).not.toBe(victim.pid);
    expect(await waitUntilGone(leftover, 10_000)).toBe(true);
    if (!home.startsWith(folder)) expect(existsSync(home)).toBe(false);
  });
});

test('a throw-away Postgres left by a killed run is ended and deleted by the next start', async () => {
  const victim = await startVictim('ephemeral-postgres');
  const leftover = identified(victim.pid);
  const home = (commandLineOf(victim.pid) ?? '').match(/-D (\S+)\/cluster /)?.[1] ?? '';
  expect(existsSync(home)).toBe(true);
  await victim.kill();
  expect(isRunning(leftover)).toBe(true);
  const next = await startPostgres({ isolated: true });
  try {
    expect(isRunning(leftover)).toBe(false);
    expect(existsSync(home)).toBe(false);
  } finally {
    await next.stop();
  }
});

test('a chain ends with the process that started it, even by SIGKILL', async () => {
  const victim = await startVictim('chain');
  const evm = identified(victim.pid);
  await victim.kill();
  expect(await waitUntilGone(evm, 10_000)).toBe(true);
});

test('a state directory refuses a second owner and names the first', async () => {
  const victim = await startVictim('state-dir', folder);
  await expect(openStateDir(folder)).rejects.toThrow(`process ${victim.process.pid} is using it`);
  await victim.kill();
  const mine = await openStateDir(folder);
  await mine.close();
});

test('the next owner of a state directory ends what its killed predecessor left running', async () => {
  const victim = await startVictim('state-dir', folder);
  const stubborn = await startVictim('chain'); // stands for a child that outlives its parent
  await writeFile(join(folder, 'processes', 'stubborn.json'), JSON.stringify(identified(stubborn.pid)));
  await victim.kill();
  const mine = await openStateDir(folder);
  try {
    expect(mine.endedLeftovers).toContain('stubborn');
    expect(identifyProcess(stubborn.pid)).toBeUndefined();
  } finally {
    await mine.close();
    await stubborn.kill();
  }
});

async function withLastingPostgres(body: (postgres: Postgres) => Promise<void>): Promise<void> {
  const postgres = await startPostgres({ dataDir: folder, isolated: true });
  try {
    await body(postgres);
  } finally {
    await postgres.stop();
  }
}

/** Where the cluster of a data directory lies: elsewhere if the postgres user cannot enter it, as in a mode 0700 folder of root. */
async function homeOf(dataDir: string): Promise<string> {
  return await readFile(join(dataDir, 'postgres-home'), 'utf8').catch(() => join(dataDir, 'postgres'));
}

function identified(pid: number): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error(`process ${pid} should be running`);
  return identity;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}
