import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CipherEngine } from './engine.ts';

/** Synchronous, as WebCrypto is not. */
export const engine: CipherEngine = {
  hkdfSha256: (secret, salt, info, byteLength) => hkdf(sha256, secret, salt, info, byteLength),
  sealAesGcm: (key, nonce, aad, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  openAesGcm: (key, nonce, aad, sealed) => gcm(key, nonce, aad).decrypt(sealed),
  hybridHpke: undefined,
};
