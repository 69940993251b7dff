import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { EnvironmentError } from './errors.ts';
import { findFreePort } from './free-port.ts';
import { loadPassword, type PostgresHome, passwordPath } from './postgres-home.ts';
import { clusterPath, findServer, readPidFile, removeMisleadingPidFile } from './postgres-pid-file.ts';
import { identifyProcess, type ProcessIdentity, signalProcess, waitUntilGone } from './process-identity.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** A running Postgres server over one home. */
export interface Cluster {
  readonly url: string;
  readonly process: ProcessIdentity;
  /** Fast shutdown: open sessions are cut, data is checkpointed. */
  stop(): Promise<void>;
}

/** Starts the server of this home, creating it first if needed; a server that a killed predecessor left running is adopted. */
export async function startCluster(
  home: PostgresHome,
  native: string,
  options: { durable: boolean },
): Promise<Cluster> {
  const password = await loadPassword(home);
  const adopted = await adoptLeftover(home, password);
  if (adopted !== undefined) return adopted;
  await createOnce(home, native, options.durable);
  const port = await findFreePort(await rememberedPort(home));
  const child = launch(home, native, port, options.durable);
  const identity = await waitUntilReady(home, child);
  await writeFile(join(home.path, 'port'), String(port));
  return cluster(identity, port, password);
}

function cluster(identity: ProcessIdentity, port: number, password: string): Cluster {
  return {
    url: `postgres://hearth:${password}@127.0.0.1:${port}/postgres`,
    process: identity,
    stop: async () => {
      signalProcess(identity, 'SIGINT');
      if (await waitUntilGone(identity, STOP_TIMEOUT_MS)) return;
      signalProcess(identity, 'SIGQUIT');
      await waitUntilGone(identity, STOP_TIMEOUT_MS);
    },
  };
}

/** A leftover is adopted if our password lets us in; one that is shutting down is given the time to finish. */
async function adoptLeftover(home: PostgresHome, password: string): Promise<Cluster | undefined> {
  const [identity, pidFile] = [await findServer(home.path), await readPidFile(home.path)];
  if (identity === undefined || pidFile === undefined) {
    await removeMisleadingPidFile(home.path);
    return undefined;
  }
  if (!(await isStoppingOrBroken(pidFile.port, password))) return cluster(identity, pidFile.port, password);
  signalProcess(identity, 'SIGINT');
  await waitUntilGone(identity, STOP_TIMEOUT_MS);
  return undefined;
}

async function isStoppingOrBroken(port: number, password: string): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: 'hearth', password, database: 'postgres' });
  client.on('error', () => {}); // a cut connection also rejects the pending call, which is what we look at
  try {
    await client.connect();
    await client.query('select 1');
    return false;
  } catch {
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}

/** initdb into a side directory, then rename: a kill in between leaves no half-made cluster behind. */
async function createOnce(home: PostgresHome, native: string, durable: boolean): Promise<void> {
  const partial = `${clusterPath(home.path)}.partial`;
  await rm(partial, { recursive: true, force: true });
  if ((await readFile(join(clusterPath(home.path), 'PG_VERSION')).catch(() => undefined)) !== undefined)
    return;
  const args = [
    '-D',
    partial,
    '-U',
    'hearth',
    `--pwfile=${passwordPath(home)}`,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
  ];
  args.push('--locale=C', '--no-instructions', ...(durable ? [] : ['--no-sync']));
  const child = spawn(join(native, 'bin', 'initdb'), args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...runOptions(home),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await exitOf(child);
  if (code !== 0)
    throw new EnvironmentError('postgres-start-failed', `initdb ended with ${code}, expected 0: ${stderr}`);
  await rename(partial, clusterPath(home.path));
}

/** Detached and logging to a file: a pipe would break when we are killed, and Postgres must survive us to be adopted. */
function launch(home: PostgresHome, native: string, port: number, durable: boolean): ChildProcess {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
  ];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const log = openSync(logPath(home), 'a', 0o600);
  const args = [
    '-D',
    clusterPath(home.path),
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const child = spawn(join(native, 'bin', 'postgres'), args, {
    stdio: ['ignore', log, log],
    detached: true,
    ...runOptions(home),
  });
  closeSync(log);
  child.unref();
  return child;
}

async function waitUntilReady(home: PostgresHome, child: ChildProcess): Promise<ProcessIdentity> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (code, signal) => {
    failure = `it ended with ${signal ?? code}`;
  });
  while (failure === undefined && performance.now() < deadline) {
    const pidFile = await readPidFile(home.path);
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (pidFile?.pid === child.pid && pidFile?.status === 'ready' && identity !== undefined) return identity;
    await delay(10);
  }
  const log = (await readFile(logPath(home), 'utf8').catch(() => '')).split('\n').slice(-12).join('\n');
  throw new EnvironmentError(
    'postgres-start-failed',
    `Postgres in ${home.path} should have become ready within ${START_TIMEOUT_MS} ms; ${failure ?? 'it did not'}. End of its log:\n${log}`,
  );
}

async function rememberedPort(home: PostgresHome): Promise<number | undefined> {
  const port = Number(await readFile(join(home.path, 'port'), 'utf8').catch(() => undefined));
  return Number.isInteger(port) ? port : undefined;
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
  });
}

function runOptions(home: PostgresHome): { cwd: string; uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  // Nothing else of our environment: PG* variables would change it, and secrets of ours are none of its business.
  return { cwd: home.path, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }, ...home.runAs };
}

function logPath(home: PostgresHome): string {
  return join(home.path, 'postgres.log');
}
