import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process that cannot be confused with a later one of the same pid: pids are reused, start times within a boot are not.
 * Signalling a leftover by bare pid could hit a stranger.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startToken: string;
}

/** The identity of a live process, or undefined if it is gone or only a zombie waiting to be reaped. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startToken = process.platform === 'linux' ? linuxStartToken(pid) : psField(pid, 'lstart');
  return startToken === undefined ? undefined : { pid, startToken };
}

/** True while exactly this process lives. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startToken === identity.startToken;
}

/** The command line of a live process, space-separated, or undefined. */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return psField(pid, 'command');
  return readIfThere(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
}

/** Resolves true once the process is gone, false after `timeoutMs`. For processes that are not our children. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

/** Sends a signal to exactly this process; a process that is already gone is not an error. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Boot id and start tick: /proc/<pid>/stat field 22. A zombie counts as gone, init inside a container may never reap it. */
function linuxStartToken(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the command before it may contain spaces and ')'
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return `${readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${startTicks}`;
}

function psField(pid: number, field: 'lstart' | 'command'): string | undefined {
  try {
    const [state, ...rest] = execFileSync('ps', ['-o', `state=,${field}=`, '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/);
    return state === undefined || state === '' || state.startsWith('Z') ? undefined : rest.join(' ');
  } catch {
    return undefined; // ps exits 1 for an unknown pid
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
