import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from './errors.ts';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  signalProcess,
  waitUntilGone,
} from './process-identity.ts';

const KILL_TIMEOUT_MS = 10_000;

/**
 * A directory that one process at a time owns (the demo's `.hearth/`), with a list of the processes it started. When the owner is
 * killed, the next one ends what it left running before it starts its own; a Postgres is not on the list, it is adopted instead.
 */
export interface StateDir {
  readonly path: string;
  /** Names of the leftovers of a killed predecessor that were ended while opening. */
  readonly endedLeftovers: readonly string[];
  /** Puts a process we started on the list, so that our successor ends it if we cannot. */
  track(name: string, pid: number): Promise<void>;
  /** Takes it off again, after it ended. */
  untrack(name: string): Promise<void>;
  /** Gives the directory free. */
  close(): Promise<void>;
}

/** Takes the directory, or throws `state-dir-in-use` naming the live owner. */
export async function openStateDir(path: string): Promise<StateDir> {
  const processes = join(path, 'processes');
  await mkdir(processes, { recursive: true });
  await takeOwnership(path);
  const endedLeftovers = await endLeftovers(processes);
  return {
    path,
    endedLeftovers,
    track: async (name, pid) => {
      const identity = identifyProcess(pid);
      if (identity !== undefined) await writeFile(join(processes, `${name}.json`), JSON.stringify(identity));
    },
    untrack: (name) => rm(join(processes, `${name}.json`), { force: true }),
    close: () => rm(join(path, 'owner.json'), { force: true }),
  };
}

/** A link appears whole or not at all, so an owner file always names its owner; a dead owner's is moved aside by one successor only. */
async function takeOwnership(path: string): Promise<void> {
  const [file, own] = [join(path, 'owner.json'), join(path, `owner.${randomUUID()}`)];
  await writeFile(own, JSON.stringify(identifyProcess(process.pid)));
  try {
    while (!(await tryLink(own, file))) {
      const owner = await readIdentity(file);
      if (owner !== undefined && isRunning(owner)) {
        throw new EnvironmentError(
          'state-dir-in-use',
          `${path} should be free, but process ${owner.pid} is using it. Stop that one first, or choose another state directory`,
        );
      }
      if (owner !== undefined) await moveDeadOwnerAside(file, owner);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Rename is atomic: if another successor was faster and already owns the place, what we took away is its file, and goes back. */
async function moveDeadOwnerAside(file: string, dead: ProcessIdentity): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  if (!(await tryRename(file, aside))) return;
  const taken = await readIdentity(aside);
  if (taken?.pid !== dead.pid || taken.startToken !== dead.startToken) await tryLink(aside, file);
  await rm(aside, { force: true });
}

async function endLeftovers(processes: string): Promise<string[]> {
  const ended: string[] = [];
  for (const file of await readdir(processes)) {
    const identity = await readIdentity(join(processes, file));
    if (identity !== undefined && isRunning(identity)) {
      signalProcess(identity, 'SIGKILL'); // its parent is gone and nobody reads its state: there is nothing to end politely
      await waitUntilGone(identity, KILL_TIMEOUT_MS);
      ended.push(file.replace(/\.json$/, ''));
    }
    await rm(join(processes, file), { force: true });
  }
  return ended;
}

async function readIdentity(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
}

async function tryLink(from: string, to: string): Promise<boolean> {
  return await succeeds(link(from, to), 'EEXIST');
}

async function tryRename(from: string, to: string): Promise<boolean> {
  return await succeeds(rename(from, to), 'ENOENT');
}

async function succeeds(operation: Promise<void>, expectedFailure: string): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expectedFailure) return false;
    throw error;
  }
}
