import { type AEAD, CipherSuite, type KDF } from 'hpke';
import type { HybridHpke } from './engine.ts';
import { openAesGcm, sealAesGcm } from './node-aes-gcm.ts';
import { expand, extract } from './node-hkdf.ts';
import { HybridKem } from './node-hybrid-kem.ts';
import { hasXWing } from './node-x-wing.ts';

const hkdfSha256: KDF = {
  id: 0x0001,
  type: 'KDF',
  name: 'HKDF-SHA256',
  Nh: 32,
  stages: 2,
  Extract: async (salt, secret) => extract(salt, secret),
  Expand: async (prk, info, byteLength) => expand(prk, info, byteLength),
  Derive: () => {
    throw new Error('HKDF-SHA256 derives in two stages');
  },
};

const aes256Gcm: AEAD = {
  id: 0x0002,
  type: 'AEAD',
  name: 'AES-256-GCM',
  Nk: 32,
  Nn: 12,
  Nt: 16,
  Seal: async (key, nonce, aad, plaintext) => sealAesGcm(key, nonce, aad, plaintext),
  Open: async (key, nonce, aad, sealed) => openAesGcm(key, nonce, aad, sealed),
};

function createHybrid(): HybridHpke {
  const kem = new HybridKem();
  return {
    suite: new CipherSuite(
      () => kem,
      () => hkdfSha256,
      () => aes256Gcm,
    ),
    encapAhead: (publicKey) => kem.encapAhead(publicKey),
  };
}

/**
 * Suite 2 with every step on OpenSSL, at once and in this thread: WebCrypto sends each of its two dozen steps to another one and
 * back, which takes several times as long as the steps do. Undefined where Node has no ML-KEM.
 */
export const hybridHpke: HybridHpke | undefined = hasXWing ? createHybrid() : undefined;
