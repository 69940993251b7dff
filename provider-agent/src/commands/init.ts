import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { AgentError } from '../agent-error.ts';
import { type HomeTemplate, homeTemplate } from '../config/home-template.ts';
import { loadHomeConfig } from '../config/load-home-config.ts';
import { loadOrCreateNodeKey } from '../host/node-key.ts';

/** `hearth-agent init`: a commented home.yaml and the two keys that live on the node. Overwrites nothing. */
export async function init(configPath: string, values: HomeTemplate): Promise<Record<string, string>> {
  await mkdir(dirname(configPath), { recursive: true });
  await writeNew(configPath, homeTemplate(values), 0o644);
  const { dataDir, gasKeyFile } = await loadHomeConfig(configPath);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await chmod(dataDir, 0o700);
  const { key } = await loadOrCreateNodeKey(dataDir);
  await writeNew(gasKeyFile, `0x${randomBytes(32).toString('hex')}\n`, 0o600);
  const { privateKeyToAddress } = await import('viem/accounts');
  const { readFile } = await import('node:fs/promises');
  const gasKey = (await readFile(gasKeyFile, 'utf8')).trim() as `0x${string}`;
  return {
    config: relative(process.cwd(), configPath) || configPath,
    nodeKey: key.publicKey,
    gasAddress: privateKeyToAddress(gasKey).toLowerCase(),
  };
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new AgentError('file_exists', `${path} exists already; init overwrites nothing`, { cause });
  });
}
