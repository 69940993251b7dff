import type { CipherEngine } from './engine.ts';
import { openAesGcm, sealAesGcm } from './node-aes-gcm.ts';
import { expand, extract } from './node-hkdf.ts';
import { hybridHpke } from './node-hpke.ts';

/** OpenSSL through node:crypto: the fastest that Node has. */
export const engine: CipherEngine = {
  hkdfSha256: (secret, salt, info, byteLength) => expand(extract(salt, secret), info, byteLength),
  sealAesGcm,
  openAesGcm,
  hybridHpke,
};
