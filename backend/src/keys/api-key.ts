import { createHash } from 'node:crypto';
import type { Random } from '../platform/random.ts';

/** A fresh key: the text goes to the buyer once, the hash into the database. */
export interface FreshApiKey {
  readonly keyId: string;
  readonly text: string;
  readonly sha256: Buffer;
}

/** `hearth_<8 hex id>_<256 random bits>`: the prefix lets a leaked key be found by scanners and told apart by people. */
export function createApiKey(random: Random): FreshApiKey {
  const keyId = `hearth_${Buffer.from(random.bytes(8)).toString('hex')}`;
  const text = `${keyId}_${Buffer.from(random.bytes(32)).toString('base64url')}`;
  return { keyId, text, sha256: apiKeySha256(text) };
}

export function apiKeySha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
