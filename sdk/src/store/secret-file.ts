import { mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isSealed, type Secrets } from './secrets.ts';
import { StoreKey } from './store-key.ts';
import { createDurably, overwriteDurably, writeDurably } from './write-durably.ts';

/** A raw key of 32 bytes, as it was written before keys could be sealed. */
const RAW_KEY_BYTES = 32;

/** One secret as a file of its own; what lies in clear there is sealed once there is a passphrase. */
export function readSecret(path: string, secrets: Secrets): string | undefined {
  const text = contentOf(path)?.toString('utf8').trim();
  if (!text) return undefined;
  const secret = secrets.open(nameOf(path), text);
  if (secrets.isEncrypted && !isSealed(text)) overwriteDurably(path, textOf(path, secret, secrets));
  return secret;
}

export function writeSecret(path: string, secret: string, secrets: Secrets): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDurably(path, textOf(path, secret, secrets));
}

/** The key in a file, made when there is none. @throws HearthError, RangeError when the file holds something else */
export function loadStoreKey(path: string, secrets: Secrets): StoreKey {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const raw = contentOf(path);
  if (raw?.length === RAW_KEY_BYTES)
    overwriteDurably(path, textOf(path, Buffer.from(raw).toString('base64'), secrets));
  else if (!raw)
    createDurably(path, textOf(path, Buffer.from(StoreKey.random().bytes).toString('base64'), secrets));
  return StoreKey.of(Buffer.from(readSecret(path, secrets) ?? '', 'base64'));
}

const textOf = (path: string, secret: string, secrets: Secrets) => `${secrets.seal(nameOf(path), secret)}\n`;

/** What is sealed with it: the folder and the file, wherever the state directory lies. */
const nameOf = (path: string) => `${basename(dirname(path))}/${basename(path)}`;

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
