import * as noble from '@panva/hpke-noble';
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  KEM_MLKEM768_X25519,
} from 'hpke';
import { hybridHpke } from './cipher/index.ts';

/** 1 = DHKEM(X25519), only if the buyer's policy allows it; 2 = MLKEM768-X25519 (0x647a), the default. */
export type HpkeSuiteId = 1 | 2;
export const DEFAULT_HPKE_SUITE = 2;

export type HpkeProvider = 'native' | 'webcrypto' | 'noble';

/**
 * The one place that chooses an implementation. Node 24 takes OpenSSL's own functions for the hybrid suite, browsers take
 * WebCrypto's; Node 22, and browsers without ML-KEM, take noble's, which is the slowest. All are byte-compatible
 * (`hpke-suite.test.ts` opens each one's ciphertext with the others).
 */
export function hpkeSuite(id: HpkeSuiteId, provider: HpkeProvider = hpkeProviders(id)[0]): CipherSuite {
  const cacheKey = `${provider} ${id}` as const;
  let suite = suites.get(cacheKey);
  if (suite === undefined) {
    suite = createSuite(id, provider);
    suites.set(cacheKey, suite);
  }
  return suite;
}

function createSuite(id: HpkeSuiteId, provider: HpkeProvider): CipherSuite {
  if (provider !== 'native') return new CipherSuite(kems[provider][id], KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  if (id !== 2 || hybridHpke === undefined)
    throw new RangeError(`HPKE suite ${id}: this runtime has no native one`);
  return hybridHpke.suite;
}

/** Does ahead of the next job what sealing to this key can do without it; nothing, where no engine gains by it. */
export async function sealAhead(id: number, publicKey: Uint8Array): Promise<void> {
  if (id === 2) await hybridHpke?.encapAhead(publicKey);
}

const kems = {
  webcrypto: { 1: KEM_DHKEM_X25519_HKDF_SHA256, 2: KEM_MLKEM768_X25519 },
  noble: { 1: noble.KEM_DHKEM_X25519_HKDF_SHA256, 2: noble.KEM_MLKEM768_X25519 },
} as const;

const suites = new Map<string, CipherSuite>();

/** What this runtime can use for a suite, the preferred one first. */
export function hpkeProviders(id: HpkeSuiteId): readonly [HpkeProvider, ...HpkeProvider[]] {
  const others =
    id === 1 || webCryptoHasHybridKem() ? (['webcrypto', 'noble'] as const) : (['noble'] as const);
  return id === 2 && hybridHpke ? ['native', ...others] : others;
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
