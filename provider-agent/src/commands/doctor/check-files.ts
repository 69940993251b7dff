import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { parseKeyHex } from '../../host/node-key.ts';
import { type Finding, fail, note, ok } from './finding.ts';

const OTHERS = 0o077;
const LEAST_FREE_BYTES = 1024 ** 3;

/** Keys are there, whole, and nobody else can read them; the disk has room for receipts. */
export async function checkFiles({ dataDir, gasKeyFile }: HomeConfig): Promise<Finding[]> {
  return Promise.all([
    checkKey(
      'gas key',
      gasKeyFile,
      'hearth-agent init makes one in a new folder; or restore your backup of it',
    ),
    checkKey(
      'node key',
      join(dataDir, 'node.key'),
      'it is made by the first `hearth-agent run`; restore it if there was one',
    ),
    checkSpace(dataDir),
  ]);
}

async function checkKey(thing: string, path: string, whereFrom: string): Promise<Finding> {
  try {
    parseKeyHex(await readFile(path, 'utf8'), path);
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0)
      return fail(
        thing,
        `${path}: others may read it (mode ${(mode & 0o777).toString(8)})`,
        `chmod 600 ${path}`,
      );
    return ok(thing, `${path}, yours alone`);
  } catch (error) {
    return fail(thing, messageOf(error), whereFrom);
  }
}

async function checkSpace(dataDir: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(dataDir);
    const gib = `${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free in ${dataDir}`;
    return bavail * bsize >= LEAST_FREE_BYTES
      ? ok('disk', gib)
      : note('disk', gib, 'free at least 1 GiB: a node that cannot write its journal stops taking jobs');
  } catch (error) {
    return fail('disk', messageOf(error), `mkdir -m 700 ${dataDir}`);
  }
}
