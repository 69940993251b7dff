import { type Hex, hashKeyConfig, sha256, toHex } from '@hearth/attestation/receipt';
import type { Eip712Domain, KeyConfig } from '@hearth/contracts';
import { bytesToBase64, type SignedKeyConfig } from '@hearth/sdk/protocol';
import { generateHpkeKey, type HpkeKey, type HpkeSuiteId } from '@hearth/sdk/sealed-job';
import type { EnclaveClock } from './enclave-clock.ts';
import type { EnclaveKey } from './enclave-key.ts';

export type KeyringOptions = {
  readonly clock: EnclaveClock;
  readonly enclaveKey: EnclaveKey;
  readonly registryDomain: Eip712Domain;
  readonly suites: readonly HpkeSuiteId[];
  readonly lifetimeSec: number;
};

/** Buyers' clocks may be this far behind ours; taken from the key's life, not added to it. */
const CLOCK_SKEW_SEC = 60;

type LiveKey = { readonly key: HpkeKey; readonly signed: SignedKeyConfig; readonly notAfterUnixSec: number };

/**
 * The short-lived keys that jobs are sealed to. One pair per suite is born at every rotation, half a lifetime apart, so
 * that two pairs per suite are alive; a wiped key is a dropped reference to a key that WebCrypto never let out.
 */
export class HpkeKeyring {
  readonly #options: KeyringOptions;
  #live: LiveKey[] = [];
  #sequence = 0n;
  #bornAtUnixSec = 0;

  private constructor(options: KeyringOptions) {
    this.#options = options;
  }

  static async create(options: KeyringOptions): Promise<HpkeKeyring> {
    const keyring = new HpkeKeyring(options);
    await keyring.rotate();
    return keyring;
  }

  /** Oldest first. */
  keyConfigs(): SignedKeyConfig[] {
    this.#wipeExpired();
    return this.#live.map(({ signed }) => signed);
  }

  keyIds(): Hex[] {
    return this.keyConfigs().map(({ keyConfig }) => keyConfig.keyId);
  }

  /** Undefined for a key that was wiped or never existed. */
  find(keyId: Hex): { key: HpkeKey; notAfterUnixSec: number } | undefined {
    this.#wipeExpired();
    return this.#live.find(({ key }) => key.keyId === keyId);
  }

  isRotationDue(): boolean {
    return this.#options.clock.nowUnixSec() >= this.#bornAtUnixSec + this.#options.lifetimeSec / 2;
  }

  async rotate(): Promise<void> {
    const bornAt = this.#options.clock.nowUnixSec();
    const keys = await Promise.all(this.#options.suites.map((suite) => generateHpkeKey(suite)));
    this.#bornAtUnixSec = bornAt;
    this.#live.push(...keys.map((key) => this.#sign(key, bornAt)));
    this.#wipeExpired();
  }

  #sign(key: HpkeKey, bornAt: number): LiveKey {
    const notBeforeUnixSec = bornAt - CLOCK_SKEW_SEC;
    const notAfterUnixSec = notBeforeUnixSec + this.#options.lifetimeSec;
    this.#sequence += 1n;
    const keyConfig: KeyConfig = {
      keyId: key.keyId,
      suite: key.suite,
      pkHash: toHex(sha256(key.publicKey)),
      sequence: this.#sequence,
      notBeforeUnixSec: BigInt(notBeforeUnixSec),
      notAfterUnixSec: BigInt(notAfterUnixSec),
    };
    const signature = this.#options.enclaveKey.sign(hashKeyConfig(this.#options.registryDomain, keyConfig));
    return {
      key,
      notAfterUnixSec,
      signed: { keyConfig, signature, publicKey: bytesToBase64(key.publicKey) },
    };
  }

  #wipeExpired(): void {
    const now = this.#options.clock.nowUnixSec();
    this.#live = this.#live.filter(({ notAfterUnixSec }) => notAfterUnixSec > now);
  }
}
