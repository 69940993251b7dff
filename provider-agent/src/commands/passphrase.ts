import { chmod } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseDocument } from 'yaml';
import { AgentError, messageOf } from '../agent-error.ts';
import type { HomeConfig } from '../config/home-config.ts';
import { hashPassphrase, PASSPHRASE_SECRET } from '../host/dashboard/login/passphrase.ts';
import { readIfThere, writeDurably } from '../host/durable-file.ts';

/** Puts the scrypt hash of a passphrase into the secrets file; the passphrase itself is kept nowhere. @returns the file */
export async function setPassphrase({ dashboard }: HomeConfig, passphrase: string): Promise<string> {
  const path = dashboard?.secretsFile;
  if (!path)
    throw new AgentError('usage', 'home.yaml has no dashboard.secretsFile: name one, e.g. secrets.yaml');
  const hashed = await hashPassphrase(passphrase).catch((cause: unknown) => {
    throw new AgentError('usage', messageOf(cause), { cause });
  });
  const secrets = parseDocument((await readIfThere(path)) ?? '');
  secrets.set(PASSPHRASE_SECRET, hashed);
  await writeDurably(path, String(secrets));
  await chmod(path, 0o600);
  return path;
}

/** The first line of stdin; what is typed at a terminal is not shown. */
export async function readPassphrase(): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write('Passphrase: ');
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
