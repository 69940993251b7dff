// One launcher at a time may install or build in this checkout. A lock file names its holder; a killed holder's lock is taken over.
// Parseable by old Node versions on purpose.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `work` while holding the lock at `path`; calls `onWait(pid)` once if somebody else holds it. */
export async function withLock(path, onWait, work) {
  mkdirSync(dirname(path), { recursive: true });
  for (let waited = false; !tryCreate(path); await pause(200)) {
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder)) removeDead(path);
    else if (!waited) {
      waited = true;
      onWait(holder === undefined ? '?' : holder.pid);
    }
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/** Links a finished file into place, so that a lock never exists without its holder's name, whenever we are killed. */
function tryCreate(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, startTicks: startTicksOf(process.pid) }));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The check is repeated under a second lock: of two waiters that saw the dead holder, the later must not remove the earlier's lock. */
function removeDead(path) {
  const guard = `${path}.takeover`;
  if (!tryCreate(guard)) {
    const owner = readHolder(guard);
    if (owner !== undefined && !isAlive(owner)) rmSync(guard, { force: true });
    return;
  }
  const holder = readHolder(path);
  if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true });
  rmSync(guard, { force: true });
}

/** Undefined when the lock has just gone. */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(holder) {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return startTicksOf(holder.pid) === holder.startTicks; // else a later process was given the same pid
}

/** When the process started, in kernel ticks; '' where /proc does not tell. */
function startTicksOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] || '';
  } catch {
    return '';
  }
}
