import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ownDirectory } from './postgres-binaries.ts';
import { findServer } from './postgres-pid-file.ts';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  signalProcess,
  waitUntilGone,
} from './process-identity.ts';
import { isReachableBy, type RunAs } from './run-as.ts';

/** Everything one cluster owns on disk: `cluster/`, `password`, `port`, `postgres.log`, and for a throw-away one `owner.json`. */
export interface PostgresHome {
  readonly path: string;
  readonly runAs: RunAs | undefined;
}

/** The home for a lasting cluster: `dataDir` itself, or the place it points to when the postgres user cannot enter it. */
export async function openLastingHome(dataDir: string, runAs: RunAs | undefined): Promise<PostgresHome> {
  await mkdir(dataDir, { recursive: true });
  if (runAs === undefined) return { path: await ownedHome(join(dataDir, 'postgres'), undefined), runAs };
  const elsewhere = await baseElsewhere();
  await sweepForgottenHomes(elsewhere);
  if (await isReachableBy(dataDir, runAs))
    return { path: await ownedHome(join(dataDir, 'postgres'), runAs), runAs };
  return { path: await ownedHome(await findHomeElsewhere(resolve(dataDir), elsewhere), runAs), runAs };
}

/** A home that is deleted on stop; homes whose owner was killed are stopped and deleted first. */
export async function openEphemeralHome(runAs: RunAs | undefined): Promise<PostgresHome> {
  const base = await ephemeralBase();
  await sweepAbandonedHomes(base);
  const path = await mkdtemp(join(base, 'home-'));
  await writeFile(join(path, 'owner.json'), JSON.stringify(identifyProcess(process.pid)));
  return { path: await ownedHome(path, runAs), runAs };
}

/** The superuser's password: random, made once, readable by nobody else. */
export async function loadPassword(home: PostgresHome): Promise<string> {
  const path = passwordPath(home);
  const existing = await readFile(path, 'utf8').catch(() => '');
  if (existing !== '') return existing;
  const password = randomBytes(24).toString('hex');
  await writeFile(path, password, { mode: 0o600 });
  if (home.runAs !== undefined) await chown(path, home.runAs.uid, home.runAs.gid);
  return password;
}

export function passwordPath(home: PostgresHome): string {
  return join(home.path, 'password');
}

async function ownedHome(path: string, runAs: RunAs | undefined): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (runAs !== undefined) await chown(path, runAs.uid, runAs.gid);
  return path;
}

/** `<dataDir>/postgres-home` names the home, so that deleting dataDir forgets the cluster as if it lay inside. */
async function findHomeElsewhere(dataDir: string, base: string): Promise<string> {
  const pointer = join(dataDir, 'postgres-home');
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  const path = await mkdtemp(join(base, 'home-'));
  await writeFile(pointer, path);
  await writeFile(join(path, 'data-dir'), dataDir);
  return path;
}

async function baseElsewhere(): Promise<string> {
  const [preferred, otherwise] = ['/var/lib/hearth', '/var/tmp/hearth-0/lasting'];
  try {
    await ownDirectory(preferred, 0o755);
    return preferred;
  } catch {
    await ownDirectory(otherwise, 0o755); // some containers mount /var/lib read-only
    return otherwise;
  }
}

/** Removes homes whose data directory was deleted or points elsewhere by now, with the server that may still run in them. */
async function sweepForgottenHomes(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const path = join(base, name);
    const dataDir = await readFile(join(path, 'data-dir'), 'utf8').catch(() => undefined);
    if (dataDir === undefined) continue; // a concurrent starter is between its two steps
    const pointer = await readFile(join(dataDir, 'postgres-home'), 'utf8').catch(() => undefined);
    if (pointer !== path) await removeHome(path);
  }
}

async function ephemeralBase(): Promise<string> {
  const base = `/var/tmp/hearth-${process.getuid?.() ?? 0}`;
  await ownDirectory(base, 0o755);
  const ephemeral = join(base, 'ephemeral');
  await ownDirectory(ephemeral, 0o755);
  return ephemeral;
}

async function sweepAbandonedHomes(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const path = join(base, name);
    const owner = await readJson<ProcessIdentity>(join(path, 'owner.json'));
    if (owner === undefined || isRunning(owner)) continue; // no owner yet: a concurrent starter is between its two steps
    await removeHome(path);
  }
}

async function removeHome(path: string): Promise<void> {
  const server = await findServer(path);
  if (server !== undefined) {
    signalProcess(server, 'SIGQUIT'); // immediate shutdown: nothing in it is worth a checkpoint
    await waitUntilGone(server, 10_000);
  }
  await rm(path, { recursive: true, force: true });
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
