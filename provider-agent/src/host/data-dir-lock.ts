import { open, readFile, rm } from 'node:fs/promises';
import { AgentError } from '../agent-error.ts';
import { commandOfProcess } from './process-command.ts';

/**
 * One host per data directory: two would sell the same slots and sign with the same counters. The lock is a file with
 * the owner's pid; the lock of an owner that is no host process any more is taken over.
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
    const owner = await lockOwner(path);
    if (owner !== undefined)
      throw new AgentError(
        'data_dir_locked',
        `${path}: process ${owner} uses this data directory; stop it first`,
      );
    await rm(path, { force: true });
  }
  throw new AgentError('data_dir_locked', `${path}: another process took the data directory`);
}

/** The host process that uses this data directory, if it still runs. */
export async function lockOwner(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  const isOther = Number.isInteger(pid) && pid > 0 && pid !== process.pid;
  return isOther && (await commandOfProcess(pid)).includes('host') ? pid : undefined;
}
