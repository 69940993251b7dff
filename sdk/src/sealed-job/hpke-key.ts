import { type Hex, sha256, toHex } from '@hearth/attestation/receipt';
import type { KeyPair } from 'hpke';
import { type HpkeProvider, type HpkeSuiteId, hpkeSuite } from './hpke-suite.ts';

/** An enclave's HPKE key. The private half cannot be exported: it lives and dies with the process. */
export interface HpkeKey {
  readonly suite: HpkeSuiteId;
  readonly provider: HpkeProvider | undefined;
  readonly keyId: Hex;
  readonly publicKey: Uint8Array;
  readonly pair: KeyPair;
}

/** `keyId = SHA-256(suite ‖ pk)`, suite as one byte. */
export function hpkeKeyId(suite: HpkeSuiteId, publicKey: Uint8Array): Hex {
  return toHex(sha256(Uint8Array.of(suite), publicKey));
}

export async function generateHpkeKey(suite: HpkeSuiteId, provider?: HpkeProvider): Promise<HpkeKey> {
  return describe(suite, provider, await hpkeSuite(suite, provider).GenerateKeyPair(false));
}

/** Deterministic, for test vectors. @param seed at least 32 bytes that serve nothing else. */
export async function deriveHpkeKey(
  suite: HpkeSuiteId,
  seed: Uint8Array,
  provider?: HpkeProvider,
): Promise<HpkeKey> {
  return describe(suite, provider, await hpkeSuite(suite, provider).DeriveKeyPair(seed, false));
}

async function describe(
  suite: HpkeSuiteId,
  provider: HpkeProvider | undefined,
  pair: KeyPair,
): Promise<HpkeKey> {
  const publicKey = await hpkeSuite(suite, provider).SerializePublicKey(pair.publicKey);
  return { suite, provider, keyId: hpkeKeyId(suite, publicKey), publicKey, pair };
}
