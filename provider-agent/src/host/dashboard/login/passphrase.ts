import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** What `hashPassphrase` makes: 32 MiB and about a tenth of a second for each guess. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const MAX_MEMORY = 64 * 2 ** 20;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
export const MIN_PASSPHRASE_LENGTH = 12;
const MAX_PASSPHRASE_LENGTH = 256;

/** Name of the passphrase in the secrets file. */
export const PASSPHRASE_SECRET = 'dashboard_passphrase';

/** `scrypt:N:r:p:salt:key`, base64url. @throws RangeError for a passphrase that is too short or too long */
export async function hashPassphrase(passphrase: string): Promise<string> {
  const { length } = passphrase;
  if (length < MIN_PASSPHRASE_LENGTH || length > MAX_PASSPHRASE_LENGTH)
    throw new RangeError(
      `expected a passphrase of ${MIN_PASSPHRASE_LENGTH} to ${MAX_PASSPHRASE_LENGTH} characters, got ${length}`,
    );
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(passphrase, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join(':');
}

export type PassphraseCheck = (passphrase: string) => Promise<boolean>;

/** @throws RangeError for text that `hashPassphrase` did not make */
export function passphraseCheck(hashed: string): PassphraseCheck {
  const match = /^scrypt:(\d+):(\d+):(\d+):([\w-]{22}):([\w-]{43})$/.exec(hashed);
  if (!match) throw new RangeError('expected what `hearth-agent passphrase` writes');
  const [, N, r, p, salt = '', key = ''] = match;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const expected = Buffer.from(key, 'base64url');
  return async (passphrase) =>
    passphrase.length <= MAX_PASSPHRASE_LENGTH &&
    timingSafeEqual(await derive(passphrase, Buffer.from(salt, 'base64url'), cost), expected);
}

function derive(passphrase: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  // The same words typed on another keyboard are the same passphrase.
  const text = passphrase.normalize('NFKC');
  return new Promise((resolve, reject) =>
    scrypt(text, salt, KEY_BYTES, { ...cost, maxmem: MAX_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}
