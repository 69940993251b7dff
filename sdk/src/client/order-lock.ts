import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Who holds a lock: the process, and when it started, because pids are used again. */
type Owner = { readonly pid: number; readonly startedAt: string | undefined };

/**
 * Takes a lock file that is never seen half-written; one whose owner is gone is taken over.
 * @returns undefined when it is ours, else the pid of the living owner
 */
export function takeLock(path: string): number | undefined {
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(own, `${process.pid} ${startOf(process.pid) ?? ''}\n`, { flag: 'wx', mode: 0o600 });
  try {
    for (;;) {
      if (linked(own, path)) return undefined;
      const text = contentOf(path);
      if (text === undefined) continue; // released meanwhile
      const owner = parseOwner(text);
      if (isAlive(owner)) return owner.pid;
      removeIfStill(path, text);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

export function releaseLock(path: string): void {
  rmSync(path, { force: true });
}

/** `link` creates the name with all its content, or fails because somebody has it. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two successors may find the same dead owner: what one of them moves away must not be the other's new lock. */
function removeIfStill(path: string, text: string): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (contentOf(aside) !== text) linked(aside, path);
  rmSync(aside, { force: true });
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner {
  const [pid, startedAt] = text.trim().split(' ');
  return { pid: Number(pid), startedAt: startedAt || undefined };
}

function isAlive({ pid, startedAt }: Owner): boolean {
  if (!isRunning(pid)) return false;
  const start = startOf(pid);
  return startedAt === undefined || start === undefined || start === startedAt;
}

/** Whether some process has this pid now. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) !== 'zombie';
}

/** Start time of a process in clock ticks since boot; undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on: the name may hold anything
    return fields[0] === 'Z' ? 'zombie' : fields[19];
  } catch {
    return undefined;
  }
}
