import { open, readFile, rm } from 'node:fs/promises';
import { AgentError } from '../agent-error.ts';

/**
 * One host per data directory: two would sell the same slots and sign with the same counters. The lock is a file with
 * the owner's pid; a dead owner's lock is taken over.
 * @returns releases it. @throws AgentError `data_dir_locked`
 */
export async function lockDataDir(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return undefined;
      throw new AgentError('data_dir_unusable', `${path}: ${error.message}`, { cause: error });
    });
    if (file) {
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return () => rm(path, { force: true });
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(owner))
      throw new AgentError(
        'data_dir_locked',
        `${path}: process ${owner} uses this data directory; stop it first`,
      );
    await rm(path, { force: true });
  }
  throw new AgentError('data_dir_locked', `${path}: another process took the data directory`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
