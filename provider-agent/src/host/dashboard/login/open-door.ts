import { readFile } from 'node:fs/promises';
import { AgentError, messageOf } from '../../../agent-error.ts';
import { type DashboardConfig, needsLogin } from '../../../config/dashboard-config.ts';
import { loadSecrets } from '../../../energy/config/secrets.ts';
import type { Clock } from '../../ports.ts';
import { Login } from './login.ts';
import { PASSPHRASE_SECRET, passphraseCheck } from './passphrase.ts';

/** How the page may be reached, and by whom. */
export type Door = {
  readonly port: number;
  readonly address: string;
  readonly publicUrl: string | undefined;
  /** PEM; undefined: plain HTTP, on loopback. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** Undefined: whoever can log in on this machine. */
  readonly login: Login | undefined;
};

/** @throws AgentError where the passphrase or the certificate is missing: then the page is not served at all */
export async function openDoor(config: DashboardConfig, clock: Clock): Promise<Door> {
  const { port, address, publicUrl, tls } = config;
  return {
    ...{ port, address, publicUrl },
    tls: tls && { cert: await pem(tls.certificateFile), key: await pem(tls.keyFile) },
    login: needsLogin(config) ? new Login(await passphraseOf(config), clock) : undefined,
  };
}

async function passphraseOf({ secretsFile }: DashboardConfig) {
  const secretOf = await loadSecrets(secretsFile);
  try {
    return passphraseCheck(secretOf(PASSPHRASE_SECRET));
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw new AgentError('config_invalid', `${secretsFile}: ${PASSPHRASE_SECRET}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function pem(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AgentError('config_invalid', `dashboard.tls: ${path}: ${cause.code}`, { cause });
  });
}
