import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { AgentError } from '../../agent-error.ts';
import type { SecretOf } from './open-sources.ts';

const secrets = z.record(z.string(), z.string().min(1));

/**
 * One file holds what must not be read by others: `name: value`. Nothing of it is ever logged or exported.
 * @throws AgentError where it is readable by others, or names what it does not have
 */
export async function loadSecrets(path: string | undefined): Promise<SecretOf> {
  if (path === undefined) return (name) => missing(name, 'energy.secretsFile is not set');
  const { mode } = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError('config_invalid', `secrets ${path}: ${cause.code}`, { cause });
  });
  if ((mode & 0o077) !== 0)
    throw new AgentError('config_invalid', `secrets ${path}: others may read it; run  chmod 600 ${path}`);
  const parsed = secrets.safeParse(parse(await readFile(path, 'utf8'), { maxAliasCount: 0 }));
  if (!parsed.success)
    throw new AgentError('config_invalid', `secrets ${path}: expected lines of "name: value"`);
  const known = parsed.data;
  return (name) =>
    (Object.hasOwn(known, name) ? known[name] : undefined) ?? missing(name, `it is not in ${path}`);
}

function missing(name: string, why: string): never {
  throw new AgentError('config_invalid', `secret "${name}": ${why}`);
}
