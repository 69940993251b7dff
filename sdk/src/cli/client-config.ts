import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import { type Client, createClient } from '../client/context.ts';
import { bytes32, HearthError, policy, type TrustFile, trustFile, uintString } from '../protocol/index.ts';

const sidecarConfig = z.strictObject({
  port: z.int().min(0).max(65_535).optional(),
  /** Orders to spend, first one first. */
  orders: z.array(bytes32).min(1).optional(),
  models: z.record(z.string(), z.string()).optional(),
  unsupported: z.enum(['refuse', 'drop']).optional(),
  rehearsal: z.boolean().optional(),
  maxJobs: z.int().min(1).max(1024).optional(),
  maxMicroUsdPerDay: uintString(96).optional(),
});
export type SidecarConfig = z.infer<typeof sidecarConfig>;

/** One gateway, or several of one market, the preferred one first. */
export const gatewayUrl = z.union([z.url(), z.tuple([z.url()], z.url())]);

/** How this machine buys. Paths are relative to the file. `npm start` writes one for its demo market. */
export const clientConfig = z.strictObject({
  schema: z.literal('hearth-client/1'),
  gatewayUrl,
  trustFile: z.string(),
  /** File with the wallet's private key as 0x hex; leave it out to use existing orders only. */
  walletKeyFile: z.string().optional(),
  stateDir: z.string(),
  /** File (mode 0600) with the passphrase that encrypts session keys and API keys in stateDir; or HEARTH_PASSPHRASE. */
  passphraseFile: z.string().optional(),
  policy,
  /** How `hearth sidecar` serves; its options on the command line come first. */
  sidecar: sidecarConfig.optional(),
});

export const configOption = { config: { type: 'string', default: '.hearth/client.json' } } as const;
export const configHelp =
  '  --config FILE       buyer configuration (default .hearth/client.json, written by npm start)\n';

export function loadClient(path: string): Client {
  return loadConfig(path).client;
}

/** The client, and what else the file says. */
export function loadConfig(path: string): { client: Client; sidecar: SidecarConfig } {
  const config = readJson(
    path,
    clientConfig,
    'buyer configuration',
    'start a market with `npm start`, or write one (docs/buying.md)',
  );
  const relative = (file: string) => resolve(dirname(path), file);
  const account =
    config.walletKeyFile === undefined ? undefined : readWalletKey(relative(config.walletKeyFile));
  const passphrase =
    config.passphraseFile === undefined
      ? process.env['HEARTH_PASSPHRASE']
      : readPassphrase(relative(config.passphraseFile));
  const client = createClient({
    gatewayUrl: config.gatewayUrl,
    trust: loadTrust(relative(config.trustFile)),
    policy: config.policy,
    stateDir: relative(config.stateDir),
    ...(account ? { account } : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return { client, sidecar: config.sidecar ?? {} };
}

export function loadTrust(path: string): TrustFile {
  return readJson(
    path,
    trustFile,
    'trust file',
    'give one with --trust; `npm start` writes .hearth/trust.json',
  );
}

/** Reads a JSON file through its schema. @throws HearthError that names the file and what to do */
export function readJson<T>(path: string, schema: z.ZodType<T>, what: string, advice: string): T {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Never the parser's own words: they quote the file, and it may be a key that was named by mistake.
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? 'it is not JSON');
    throw new HearthError('invalid_request', `${what} ${path}: ${reason}; ${advice}`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue?.path.length ? `${issue.path.join('.')}: ${issue.message}` : advice;
  throw new HearthError('invalid_request', `${what} ${path}: ${at}`, { cause: parsed.error });
}

/** The first line of a file that nobody else may read. */
export function readPassphrase(path: string): string {
  const fault = (what: string) => new HearthError('invalid_request', `passphrase file ${path}: ${what}`);
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw fault('others may read it; chmod 600');
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw cause instanceof HearthError ? cause : fault((cause as NodeJS.ErrnoException).code ?? 'unreadable');
  }
  return text.split(/\r?\n/)[0] ?? '';
}

/** Whatever is wrong with it, the file's content is never shown. */
function readWalletKey(path: string) {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim().toLowerCase();
  } catch (cause) {
    throw new HearthError(
      'invalid_request',
      `wallet key file ${path}: ${(cause as NodeJS.ErrnoException).code}`,
    );
  }
  const key = bytes32.safeParse(text);
  try {
    if (key.success) return privateKeyToAccount(key.data);
  } catch {
    // 32 bytes, and not a key of the curve
  }
  throw new HearthError(
    'invalid_request',
    `wallet key file ${path}: expected a private key, 32 bytes of 0x hex`,
  );
}
