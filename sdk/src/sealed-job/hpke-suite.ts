import * as noble from '@panva/hpke-noble';
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  KEM_MLKEM768_X25519,
} from 'hpke';

/** 1 = DHKEM(X25519), only if the buyer's policy allows it; 2 = MLKEM768-X25519 (0x647a), the default. */
export type HpkeSuiteId = 1 | 2;
export const DEFAULT_HPKE_SUITE = 2;

export type HpkeProvider = 'webcrypto' | 'noble';

/**
 * The one place that chooses an implementation. Node 22 and browsers without ML-KEM in WebCrypto take noble's, which
 * is about seven times slower and byte-compatible (`hpke-suite.test.ts` opens each one's ciphertext with the other).
 */
export function hpkeSuite(id: HpkeSuiteId, provider: HpkeProvider = hpkeProviders(id)[0]): CipherSuite {
  const cacheKey = `${provider} ${id}` as const;
  let suite = suites.get(cacheKey);
  if (suite === undefined) {
    suite = new CipherSuite(kems[provider][id], KDF_HKDF_SHA256, AEAD_AES_256_GCM);
    suites.set(cacheKey, suite);
  }
  return suite;
}

const kems = {
  webcrypto: { 1: KEM_DHKEM_X25519_HKDF_SHA256, 2: KEM_MLKEM768_X25519 },
  noble: { 1: noble.KEM_DHKEM_X25519_HKDF_SHA256, 2: noble.KEM_MLKEM768_X25519 },
} as const;

const suites = new Map<string, CipherSuite>();

/** What this runtime can use for a suite, the preferred one first. */
export function hpkeProviders(id: HpkeSuiteId): readonly [HpkeProvider, ...HpkeProvider[]] {
  return id === 1 || webCryptoHasHybridKem() ? ['webcrypto', 'noble'] : ['noble'];
}

/** `SubtleCrypto.supports` is newer than the lib types, and absent where ML-KEM is. */
function webCryptoHasHybridKem(): boolean {
  const { supports } = (globalThis.SubtleCrypto ?? {}) as {
    supports?: (operation: string, algorithm: string) => boolean;
  };
  if (supports === undefined) return false;
  const has = (operation: string, algorithm: string) => supports.call(SubtleCrypto, operation, algorithm);
  return has('generateKey', 'ML-KEM-768') && has('digest', 'SHA3-256') && has('generateKey', 'X25519');
}
