import type { Hex } from '@hearth/attestation/receipt';
import { regionCode } from '@hearth/sdk/protocol';
import type { Control, OfferedModel } from '../../channel/index.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import type { AskDesk } from '../asks/ask-desk.ts';
import type { MarketChain, MarketTransactions } from '../chain/market-chain.ts';
import type { Report } from '../host-events.ts';
import type { JournalState } from '../journal/journal-state.ts';
import type { Clock, Random, Timers } from '../ports.ts';
import type { LeaseBook } from '../slots/lease-book.ts';
import type { Pauses } from '../slots/pauses.ts';
import { restoreLeases } from '../slots/restore-leases.ts';
import type { SlotDesk } from '../slots/slot-desk.ts';
import type { SlotLedger } from '../slots/slot-ledger.ts';
import { EnclaveSession, type LiveEnclave } from './enclave-session.ts';
import { Registrar } from './registrar.ts';

export type EnclaveSideParts = {
  readonly config: HomeConfig;
  readonly nodeKey: Hex;
  readonly journal: JournalState;
  readonly chain: MarketChain;
  readonly transactions: MarketTransactions;
  readonly ledger: SlotLedger;
  readonly leases: LeaseBook;
  readonly slots: SlotDesk;
  readonly asks: AskDesk;
  readonly pauses: Pauses;
  readonly clock: Clock;
  /** As the gateways have it. */
  readonly marketClock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly report: Report;
  onReceipt(receipt: Control<'receipt'>): void;
};

/** The enclave that the node sells: it boots, is registered on the chain, and is on offer until it is gone. */
export class EnclaveSide {
  readonly #parts: EnclaveSideParts;
  readonly #session: EnclaveSession;
  readonly #registrar: Registrar;
  #keyConfigs: Control<'keyConfigs'>['keyConfigs'] = [];
  #models: readonly OfferedModel[] = [];
  #loaded: Hex = '0x';
  #isBooted = false;
  #registered: LiveEnclave | undefined;
  #lastFailure = '';

  constructor(parts: EnclaveSideParts) {
    this.#parts = parts;
    const { config, nodeKey, chain, transactions, clock, timers, random, report } = parts;
    const { provider, region, enclave, dataDir } = config;
    this.#session = new EnclaveSession(
      {
        socketPath: enclave.socket,
        identity: { provider, nodeKey, regionCode: regionCode(region) },
        clock,
        timers,
        random,
        anchor: () => chain.newestBlock(),
      },
      {
        onConnecting: (attempt) => {
          if (attempt === 1)
            report('enclave-connecting', `connecting to the enclave at ${enclave.socket}`, {
              socket: enclave.socket,
            });
        },
        onProgress: ({ phase, fraction, note }) =>
          report(
            this.#isBooted ? 'model-loading' : 'enclave-loading',
            `${phase} ${Math.round(fraction * 100)} %${note ? `: ${note}` : ''}`,
            { phase, fraction, note },
          ),
        onLoaded: (modelDigest) => this.#modelLoaded(modelDigest),
        onBooted: (booted) => this.#booted(booted),
        onKeyConfigs: ({ keyConfigs }) => {
          this.#keyConfigs = keyConfigs;
          this.#offer();
        },
        onReceipt: (receipt) => parts.onReceipt(receipt),
        onLost: (reason) => this.#lost(reason),
        onFailed: (reason, retryInMs) => this.#failed(reason, retryInMs),
      },
    );
    this.#registrar = new Registrar({
      timers,
      random,
      report,
      dataDir,
      request: { chainId: config.chain.chainId, registry: config.chain.registry, provider, nodeKey },
      chain,
      transactions,
      clock,
      requote: (live) => this.#session.requote(live),
      onRegistered: (live) => {
        this.#registered = live;
        this.#offer();
      },
    });
  }

  /** Registered and on offer; undefined while there is none. */
  get serving(): LiveEnclave | undefined {
    return this.#registered;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#session.run(signal);
  }

  #booted(enclave: LiveEnclave): void {
    const { journal, ledger, leases, slots, marketClock, report } = this.#parts;
    const { enclaveKeys, keyConfigs, measurementHash } = enclave.booted;
    const { models, loaded } = enclave.ready;
    this.#keyConfigs = keyConfigs;
    this.#lastFailure = '';
    this.#models = models;
    this.#loaded = loaded;
    this.#isBooted = true;
    const names = models.map(({ manifest }) => manifest.name);
    report('enclave-booted', `enclave ${enclaveKeys.enclaveKey} runs ${names.join(' or ')}`, {
      enclaveKey: enclaveKeys.enclaveKey,
      nodeKey: enclaveKeys.nodeKey,
      model: this.#nameOf(loaded),
      modelDigest: loaded,
      ...(names.length > 1 && { models: names }),
      measurementHash,
      tier: enclaveKeys.tier,
    });
    const { lost, kept } = restoreLeases(
      journal.leases.values(),
      enclaveKeys.enclaveKey,
      ledger,
      leases,
      marketClock.nowMs(),
    );
    slots.abort(lost, 'enclave_lost');
    if (kept.length > 0) report('slots', `${kept.length} leases from before are still in force`);
    void this.#registrar.keepRegistered(enclave);
  }

  /** What is in memory has no swap to pay for, and what has left it has. */
  #modelLoaded(modelDigest: Hex): void {
    this.#loaded = modelDigest;
    const model = this.#nameOf(modelDigest);
    this.#parts.report('model-loaded', `${model} is in memory`, { model, modelDigest });
    this.#offer();
  }

  /** Of home.yaml: the one that operating points and calibration are of. */
  isFirstModel(modelDigest: Hex): boolean {
    return this.#models[0]?.modelDigest === modelDigest;
  }

  #nameOf(modelDigest: Hex): string {
    return this.#models.find((each) => each.modelDigest === modelDigest)?.manifest.name ?? modelDigest;
  }

  /** An enclave that is away for long is tried every second, and told of once. */
  #failed(reason: string, retryInMs: number): void {
    if (reason === this.#lastFailure) return;
    this.#lastFailure = reason;
    this.#parts.report('enclave-lost', `no enclave: ${reason}; it is tried again until it is there`, {
      retryInMs,
      cause: reason,
    });
  }

  #lost(reason: string): void {
    const { slots, asks, report } = this.#parts;
    report('enclave-lost', `the enclave is gone: ${reason}`, { cause: reason });
    this.#registered = undefined;
    this.#isBooted = false;
    slots.abortAll('enclave_lost');
    slots.serve(undefined);
    asks.offer(undefined);
  }

  /** Publishes the enclave as it is now; also after each rotation of its HPKE keys. */
  #offer(): void {
    const { config, slots, asks, pauses } = this.#parts;
    if (!this.#registered || pauses.declared === 'draining') return;
    const { booted } = this.#registered;
    const { measurement: _, committedConfig: __, ...statement } = booted;
    slots.serve(statement.enclaveKeys.enclaveKey);
    asks.offer({
      statement: { ...statement, keyConfigs: this.#keyConfigs, region: config.region },
      models: this.#models,
      loaded: this.#loaded,
    });
  }
}
