import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { releaseLock, takeLock } from '../client/order-lock.ts';
import type { StateDir } from '../client/stored-secrets.ts';
import { HearthError } from '../protocol/index.ts';
import { loadStoreKey } from '../store/secret-file.ts';
import { BatchRunner } from './batches/batch-runner.ts';
import { BatchStore } from './batches/batch-store.ts';
import type { AnswerJob } from './batches/run-line.ts';
import { FileStore } from './files/file-store.ts';

export type Stores = {
  readonly files: FileStore;
  readonly batches: BatchRunner;
  /** @param patience how long running lines are waited for */
  close(patience?: Promise<unknown>): Promise<void>;
};

const folderOf = (stateDir: string) => join(stateDir, 'openai');

export function hasStores(stateDir: string): boolean {
  return existsSync(folderOf(stateDir));
}

/**
 * Files and batches of one state directory, unfinished batches running again. One process at a time has them.
 * @throws HearthError `order_locked` when another one does
 */
export function openStores({ stateDir, secrets }: StateDir, answer: AnswerJob, nowMs: () => number): Stores {
  const dir = folderOf(stateDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = join(dir, 'lock');
  const owner = takeLock(lock);
  if (owner !== undefined)
    throw new HearthError('order_locked', `files and batches in ${dir}: process ${owner} has them`);
  const nowUnixSec = () => Math.floor(nowMs() / 1000);
  const key = loadStoreKey(join(dir, 'key'), secrets);
  const files = new FileStore(join(dir, 'files'), key, nowUnixSec);
  const batches = new BatchRunner(new BatchStore(join(dir, 'batches'), key), files, answer, nowUnixSec);
  batches.resume();
  return {
    files,
    batches,
    async close(patience) {
      await batches.stop(patience);
      releaseLock(lock);
    },
  };
}
