import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex } from '@hearth/attestation/receipt';
import { type Ed25519Key, ed25519Key } from '@hearth/sdk/protocol';
import { AgentError } from '../agent-error.ts';
import { readIfThere, syncDirectoryOf } from './durable-file.ts';

/** Ed25519 seed of the node: its name on the market. Made once; a node that loses it is a new node. */
export async function loadOrCreateNodeKey(dataDir: string): Promise<{ key: Ed25519Key; created: boolean }> {
  const path = join(dataDir, 'node.key');
  const existing = await readIfThere(path);
  if (existing !== undefined) return { key: ed25519Key(parseKeyHex(existing, path)), created: false };
  const seed = randomBytes(32);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`0x${seed.toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectoryOf(path);
  return { key: ed25519Key(seed), created: true };
}

/** @throws AgentError `key_unreadable`; the message never holds the file's content */
export function parseKeyHex(text: string, path: string): Uint8Array {
  const match = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text.trim());
  if (!match) throw new AgentError('key_unreadable', `${path}: expected 32 bytes of hex`);
  return fromHex(`0x${match[1]}`);
}
