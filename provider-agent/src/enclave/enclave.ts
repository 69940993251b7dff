import { fromHex, type Hex } from '@hearth/attestation/receipt';
import { type Eip712Domain, marketDomain, registryDomain } from '@hearth/contracts/typed-data';
import { EnclaveError } from '../channel/errors.ts';
import { CHANNEL_VERSION, type CommittedConfig, type Control } from '../channel/message-schemas.ts';
import { EnergyShares } from './energy/energy-shares.ts';
import { type BootIdentity, createIdentity, reportData } from './evidence/boot-identity.ts';
import { measuredConfig } from './evidence/measured-config.ts';
import type { TeeDriver } from './evidence/tee-driver.ts';
import type { EnclaveEnvironment } from './jobs/environment.ts';
import { ReplayGuard } from './jobs/replay-guard.ts';
import type { EnclaveClock } from './keys/enclave-clock.ts';
import { createEnclaveKey, type EnclaveKey } from './keys/enclave-key.ts';
import { HpkeKeyring } from './keys/hpke-keyring.ts';
import type { ModelShelf } from './model-shelf.ts';
import { ReceiptBook } from './receipts/receipt-book.ts';

export type EnclaveParts = {
  readonly chain: { readonly chainId: number; readonly registry: Hex; readonly settlement: Hex };
  readonly clock: EnclaveClock;
  readonly models: ModelShelf;
  readonly driver: TeeDriver;
  readonly releaseId: Hex;
};

type Booted = {
  identity: BootIdentity;
  readonly book: ReceiptBook;
  readonly evidenceHashes: Set<Hex>;
  regionCode: Hex;
};

/**
 * One boot of the enclave: keys born here, bound to one provider and node key for ever, and the accounts of all jobs.
 * It outlives connections: a host that restarts finds keys, totals and receipts as they were.
 */
export class Enclave {
  readonly clock: EnclaveClock;
  readonly energy: EnergyShares;
  readonly #parts: EnclaveParts;
  readonly #registryDomain: Eip712Domain;
  readonly #enclaveKey: EnclaveKey;
  readonly #keyring: HpkeKeyring;
  readonly #firstHpkeKeyId: Hex;
  readonly #guard = new ReplayGuard();
  #booted: Booted | undefined;

  private constructor(
    parts: EnclaveParts,
    domain: Eip712Domain,
    enclaveKey: EnclaveKey,
    keyring: HpkeKeyring,
  ) {
    this.clock = parts.clock;
    this.energy = new EnergyShares(parts.clock);
    this.#parts = parts;
    this.#registryDomain = domain;
    this.#enclaveKey = enclaveKey;
    this.#keyring = keyring;
    this.#firstHpkeKeyId = keyring.keyIds()[0] as Hex; // the preferred suite's: create() has made one
  }

  static async create(parts: EnclaveParts): Promise<Enclave> {
    const domain = registryDomain(parts.chain.chainId, parts.chain.registry);
    const enclaveKey = createEnclaveKey();
    const keyring = await HpkeKeyring.create({
      clock: parts.clock,
      enclaveKey,
      registryDomain: domain,
      suites: measuredConfig.kemSuites,
      lifetimeSec: measuredConfig.hpkeKeyLifetimeSec,
    });
    return new Enclave(parts, domain, enclaveKey, keyring);
  }

  ready(): Control<'ready'> {
    const { models, driver } = this.#parts;
    const keys = this.#booted?.identity.enclaveKeys;
    return {
      v: CHANNEL_VERSION,
      models: [...models.offered],
      loaded: models.wanted,
      slots: models.slots,
      teeType: driver.teeType,
      tier: driver.tier,
      ...(keys ? { bootedFor: { provider: keys.provider, nodeKey: keys.nodeKey } } : {}),
    };
  }

  /** @throws EnclaveError `already_booted` for another provider or node key: an enclave key has one for ever. */
  async boot(host: Control<'boot'>): Promise<Control<'booted'>> {
    this.clock.hint(host.nowMs);
    assertSameOwner(this.#booted?.identity.enclaveKeys, host);
    const identity = await createIdentity(
      {
        registryDomain: this.#registryDomain,
        enclaveKey: this.#enclaveKey.address,
        firstHpkeKeyId: this.#firstHpkeKeyId,
        committedConfig: this.#committedConfig(),
      },
      host,
      this.#parts.driver,
    );
    this.#booted ??= {
      identity,
      book: new ReceiptBook(this.#marketDomain(), this.#enclaveKey, host.provider),
      evidenceHashes: new Set(),
      regionCode: host.regionCode,
    };
    this.#booted.identity = identity;
    this.#booted.regionCode = host.regionCode;
    this.#booted.evidenceHashes.add(identity.attested.evidenceHash);
    return this.#statement(identity);
  }

  async quote(nonce: Hex): Promise<Control<'quoted'>> {
    const { enclaveKeys } = this.#whenBooted().identity;
    const attested = await this.#parts.driver.quote(
      reportData(this.#registryDomain, enclaveKeys, fromHex(nonce)),
    );
    return attested.evidence;
  }

  /** @throws EnclaveError `not_booted` */
  jobEnvironment(): EnclaveEnvironment {
    const { identity, book, evidenceHashes, regionCode } = this.#whenBooted();
    return {
      marketDomain: this.#marketDomain(),
      enclaveKey: this.#enclaveKey.address,
      teeType: identity.enclaveKeys.teeType,
      tier: identity.enclaveKeys.tier,
      measurementHash: identity.attested.measurementHash,
      evidenceHashes,
      regionCode,
      interimLimits: {
        everyMs: measuredConfig.interimReceiptEveryMs,
        everyTokens: measuredConfig.interimReceiptEveryTokens,
      },
      clock: this.clock,
      energy: this.energy,
      keyring: this.#keyring,
      models: this.#parts.models,
      book,
      guard: this.#guard,
    };
  }

  /** The newest receipt of every order with its cap: what a journal may have missed. */
  newestReceipts(): Omit<Control<'receipt'>, 'resent'>[] {
    const accounts = this.#booted?.book.accounts() ?? [];
    return [...accounts].flatMap(({ newest, highestCap }) =>
      newest && highestCap ? [{ ...newest, cap: highestCap }] : [],
    );
  }

  /** @returns the new list of keys, if it changed. */
  async rotateKeysIfDue(): Promise<Control<'keyConfigs'> | undefined> {
    if (!this.#keyring.isRotationDue()) return undefined;
    await this.#keyring.rotate();
    this.#guard.forgetAllBut(this.#keyring.keyIds());
    return { keyConfigs: this.#keyring.keyConfigs() };
  }

  async close(): Promise<void> {
    this.#enclaveKey.wipe();
    await this.#parts.models.close();
  }

  #statement({ enclaveKeys, attested }: BootIdentity): Control<'booted'> {
    return {
      enclaveKeys,
      ...attested,
      keyConfigs: this.#keyring.keyConfigs(),
      committedConfig: this.#committedConfig(),
    };
  }

  #committedConfig(): CommittedConfig {
    return {
      kemSuites: [...measuredConfig.kemSuites],
      modelDigests: this.#parts.models.offered.map(({ modelDigest }) => modelDigest),
      releaseId: this.#parts.releaseId,
    };
  }

  #marketDomain(): Eip712Domain {
    return marketDomain(this.#parts.chain.chainId, this.#parts.chain.settlement);
  }

  #whenBooted(): Booted {
    if (!this.#booted) throw new EnclaveError('not_booted', 'enclave: expected boot before this, got none');
    return this.#booted;
  }
}

function assertSameOwner(
  known: Pick<Control<'boot'>, 'provider' | 'nodeKey'> | undefined,
  host: Pick<Control<'boot'>, 'provider' | 'nodeKey'>,
): void {
  if (!known || (known.provider === host.provider && known.nodeKey === host.nodeKey)) return;
  throw new EnclaveError(
    'already_booted',
    `enclave: bound to provider ${known.provider} and node key ${known.nodeKey}, got ${host.provider} and ${host.nodeKey}`,
  );
}
