import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, parseJson } from '../protocol/index.ts';
import { loadStoreKey, readSecret } from '../store/secret-file.ts';
import { isSealed } from '../store/secrets.ts';
import type { Client } from './context.ts';
import { isRunning } from './order-lock.ts';
import { openOrderFile } from './order-store.ts';

export type StateDir = Pick<Client, 'stateDir' | 'secrets'>;
export type StoredSecret = {
  readonly kind: 'session key' | 'API key' | 'key of files and batches';
  readonly path: string;
  readonly isSealed: boolean;
};

/** Every secret in a state directory, and whether it is of use to whoever copies the directory. */
export function storedSecrets(stateDir: string): StoredSecret[] {
  const orders = namesIn(stateDir, 'orders', /\.json$/).map((path): StoredSecret => {
    const record = parseJson(readFileSync(path, 'utf8')) as { sessionPrivateKey?: unknown } | undefined;
    return { kind: 'session key', path, isSealed: isSealed(String(record?.sessionPrivateKey)) };
  });
  const others = [
    ...namesIn(stateDir, 'api-keys', /^[0-9a-f]+$/).map((path) => ({ kind: 'API key' as const, path })),
    ...namesIn(stateDir, 'openai', /^key$/).map((path) => ({
      kind: 'key of files and batches' as const,
      path,
    })),
  ].map((secret) => ({ ...secret, isSealed: isSealed(readFileSync(secret.path, 'latin1')) }));
  return [...orders, ...others];
}

/**
 * Seals what lies in clear from before there was a passphrase, and erases what a crash left over. An order that another process
 * holds is sealed when it is next opened.
 */
export function sealState({ stateDir, secrets }: StateDir): void {
  for (const folder of ['orders', 'api-keys', 'openai']) tighten(join(stateDir, folder));
  if (!secrets.isEncrypted) return;
  for (const folder of ['orders', 'api-keys'])
    for (const path of namesIn(stateDir, folder, /\.\d+\.tmp$/)) eraseIfLeft(path);
  for (const { kind, path, isSealed } of storedSecrets(stateDir)) {
    if (isSealed) continue;
    if (kind === 'API key') readSecret(path, secrets);
    else if (kind === 'session key') sealOrder({ stateDir, secrets }, path);
    else loadStoreKey(path, secrets);
  }
}

/** What to tell whoever relies on the secrets staying secret. Undefined: nothing. */
export function storageWarning({ stateDir, secrets }: StateDir): string | undefined {
  const clear = storedSecrets(stateDir).filter((secret) => !secret.isSealed).length;
  if (clear === 0) return undefined;
  const what = `${clear} secrets in ${stateDir} lie in clear (mode 0600): whoever copies them can spend its orders`;
  return secrets.isEncrypted
    ? `${what}; a process without the passphrase holds them: end it, and they are sealed`
    : `${what}; give a passphrase: hearth passphrase --help`;
}

function sealOrder(state: StateDir, path: string): void {
  const orderHash = path.slice(-'.json'.length - 66, -'.json'.length) as Hex;
  try {
    openOrderFile(state, orderHash).release();
  } catch (error) {
    if (!(error instanceof HearthError)) throw error; // locked, or no order
  }
}

function namesIn(stateDir: string, folder: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(join(stateDir, folder));
    return names.filter((name) => pattern.test(name)).map((name) => join(stateDir, folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A folder of ours that somebody else may look into. */
function tighten(folder: string): void {
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** A file that was to replace another one, of a process that is gone. */
function eraseIfLeft(path: string): void {
  const pid = Number(/\.(\d+)\.tmp$/.exec(path)?.[1]);
  if (isRunning(pid)) return;
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(fstatSync(file).size), 0, undefined, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  rmSync(path, { force: true });
}
