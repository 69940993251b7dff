import { randomBytes, scryptSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { HearthError, parseJson } from '../protocol/index.ts';
import { StoreKey } from './store-key.ts';
import { createDurably, writeDurably } from './write-durably.ts';

/** 128 MiB and about a third of a second for each guess (OWASP's first choice for scrypt). */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const MAX_MEMORY = 320 * 2 ** 20;
const SALT_BYTES = 16;
const MIN_PASSPHRASE_LENGTH = 12;
const MAX_PASSPHRASE_LENGTH = 1024;

const VAULT = 'hearth-vault/1';
const vaultFile = z.strictObject({
  schema: z.literal(VAULT),
  /** Read back, so that a later default opens vaults of today; bounded, so that a file cannot ask for all memory. */
  scrypt: z.strictObject({
    N: z
      .int()
      .min(2 ** 10)
      .max(2 ** 18),
    r: z.int().min(1).max(8),
    p: z.int().min(1).max(4),
    salt: z.base64(),
  }),
  /** The key of everything else, under the passphrase: another passphrase changes this file only. */
  sealedKey: z.base64(),
});
type Cost = { readonly N: number; readonly r: number; readonly p: number };

/** Marks text that a vault's key has sealed. */
const PREFIX = 'sealed:';
export const isSealed = (text: string): boolean => text.startsWith(PREFIX);

/**
 * How the secrets of one state directory lie on disk: session keys, API keys, and the key of stored files. With a passphrase
 * each is sealed under a key that only the passphrase opens; without one they are in clear, for the file's owner only.
 */
export class Secrets {
  readonly #path: string;
  readonly #passphrase: string | undefined;
  readonly #cost: Cost;
  #key: StoreKey | undefined;

  /**
   * @param passphrase undefined: none
   * @throws HearthError `invalid_request` when the directory has a passphrase and none is given, or a short one
   */
  constructor(stateDir: string, passphrase: string | undefined, cost: Cost = COST) {
    this.#path = join(stateDir, 'vault.json');
    this.#cost = cost;
    this.#passphrase = passphrase === undefined ? undefined : checked(passphrase);
    if (passphrase === undefined && existsSync(this.#path))
      throw new HearthError(
        'invalid_request',
        `state directory ${stateDir}: its secrets are encrypted; give the passphrase (passphraseFile of the configuration, or HEARTH_PASSPHRASE)`,
      );
  }

  /** Whether what is written from now on is of no use without the passphrase. */
  get isEncrypted(): boolean {
    return this.#passphrase !== undefined;
  }

  /** The text to write for a secret. `name` is bound in, so that one file cannot be put in place of another. */
  seal(name: string, secret: string): string {
    const key = this.#opened();
    return key ? PREFIX + key.seal(name, Buffer.from(secret)).toString('base64') : secret;
  }

  /** @throws HearthError `invalid_request` for what this vault did not seal under this name */
  open(name: string, text: string): string {
    if (!isSealed(text)) return text;
    const sealed = Buffer.from(text.slice(PREFIX.length), 'base64');
    const secret = this.#opened()?.open(name, sealed);
    if (secret) return secret.toString();
    throw new HearthError(
      'invalid_request',
      `${name}: not what was sealed under this name and the passphrase of ${this.#path}`,
    );
  }

  /** @throws HearthError `invalid_request` for a passphrase that is not the one */
  unlock(): void {
    this.#opened();
  }

  /** Puts another passphrase in place of this one. Nothing else is written: the key under it stays. */
  changePassphrase(next: string): void {
    const key = this.#opened();
    if (!key) throw new HearthError('invalid_request', `${this.#path}: there is no passphrase to change`);
    writeDurably(this.#path, this.#textOf(checked(next), key));
  }

  /** Slow, so only when a secret is wanted, and once. */
  #opened(): StoreKey | undefined {
    if (this.#passphrase === undefined) return undefined;
    this.#key ??= existsSync(this.#path) ? this.#read(this.#passphrase) : this.#make(this.#passphrase);
    return this.#key;
  }

  #make(passphrase: string): StoreKey {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const key = StoreKey.random();
    // Another process may be as quick: then its key is the one.
    return createDurably(this.#path, this.#textOf(passphrase, key)) ? key : this.#read(passphrase);
  }

  #textOf(passphrase: string, key: StoreKey): string {
    const salt = randomBytes(SALT_BYTES);
    const sealedKey = derive(passphrase, salt, this.#cost).seal(VAULT, key.bytes).toString('base64');
    return JSON.stringify({
      schema: VAULT,
      scrypt: { ...this.#cost, salt: salt.toString('base64') },
      sealedKey,
    });
  }

  #read(passphrase: string): StoreKey {
    const parsed = vaultFile.safeParse(parseJson(readFileSync(this.#path, 'utf8')));
    if (!parsed.success)
      throw new HearthError('invalid_request', `${this.#path}: it cannot be read`, { cause: parsed.error });
    const { scrypt, sealedKey } = parsed.data;
    const under = derive(passphrase, Buffer.from(scrypt.salt, 'base64'), scrypt);
    const key = under.open(VAULT, Buffer.from(sealedKey, 'base64'));
    if (key) return StoreKey.of(key);
    throw new HearthError('invalid_request', `${this.#path}: this is not its passphrase`);
  }
}

function derive(passphrase: string, salt: Uint8Array, { N, r, p }: Cost): StoreKey {
  // The same words typed on another keyboard are the same passphrase.
  return StoreKey.of(scryptSync(passphrase.normalize('NFKC'), salt, 32, { N, r, p, maxmem: MAX_MEMORY }));
}

function checked(passphrase: string): string {
  const { length } = passphrase;
  if (length >= MIN_PASSPHRASE_LENGTH && length <= MAX_PASSPHRASE_LENGTH) return passphrase;
  throw new HearthError(
    'invalid_request',
    `passphrase: expected ${MIN_PASSPHRASE_LENGTH} to ${MAX_PASSPHRASE_LENGTH} characters, got ${length}`,
  );
}
