import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLineOf, identifyProcess, type ProcessIdentity } from './process-identity.ts';

/** What a running postmaster writes into its data directory. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

export function clusterPath(homePath: string): string {
  return join(homePath, 'cluster');
}

/** Lines of postmaster.pid: pid, directory, start time, port, socket directory, address, shared memory, status. */
export async function readPidFile(homePath: string): Promise<PidFile | undefined> {
  const text = await readFile(join(clusterPath(homePath), 'postmaster.pid'), 'utf8').catch(() => undefined);
  const [pid, , , port, , , , status] = text?.split('\n') ?? [];
  return pid === undefined
    ? undefined
    : { pid: Number(pid), port: Number(port), status: status?.trim() ?? '' };
}

/** The live server of this home, if any: the pid in the file must really be a process running on our directory. */
export async function findServer(homePath: string): Promise<ProcessIdentity | undefined> {
  const pid = (await readPidFile(homePath))?.pid;
  if (pid === undefined || !(commandLineOf(pid) ?? '').includes(clusterPath(homePath))) return undefined;
  return identifyProcess(pid);
}

/**
 * Removes the file when a zombie or a stranger holds its pid, for which Postgres would refuse to start. A plain dead pid it clears
 * by itself, after checking that no orphaned backend still uses the shared memory; that check must not be taken from it.
 */
export async function removeMisleadingPidFile(homePath: string): Promise<void> {
  const pid = (await readPidFile(homePath))?.pid;
  if (pid !== undefined && pidExists(pid))
    await rm(join(clusterPath(homePath), 'postmaster.pid'), { force: true });
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
