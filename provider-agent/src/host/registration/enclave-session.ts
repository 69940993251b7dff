import type { Hex } from '@hearth/attestation/receipt';
import { messageOf } from '../../agent-error.ts';
import { type BootParameters, type Control, EnclaveClient } from '../../channel/index.ts';
import { Backoff } from '../backoff.ts';
import type { Anchor } from '../chain/market-chain.ts';
import { type Clock, delay, type Random, type Timers } from '../ports.ts';

export type Booted = Control<'booted'>;
export type Ready = Control<'ready'>;

/** An enclave that runs for this provider and node, over one connection. */
export type LiveEnclave = {
  readonly client: EnclaveClient;
  readonly ready: Ready;
  readonly booted: Booted;
  /** Fires when the connection is lost. */
  readonly signal: AbortSignal;
};

export interface EnclaveSessionOwner {
  onConnecting(attempt: number): void;
  onProgress(progress: Control<'progress'>): void;
  /** Another model is in memory than before. */
  onLoaded(modelDigest: Hex): void;
  onBooted(enclave: LiveEnclave): void;
  onKeyConfigs(keyConfigs: Control<'keyConfigs'>): void;
  onReceipt(receipt: Control<'receipt'>): void;
  onLost(reason: string): void;
  /** The attempt failed before the enclave served; the next one follows. */
  onFailed(reason: string, retryInMs: number): void;
}

export type EnclaveSessionContext = {
  readonly socketPath: string;
  readonly identity: Pick<BootParameters, 'provider' | 'nodeKey' | 'regionCode'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  anchor(): Promise<Anchor>;
};

/** A socket on this machine: asking costs nothing, waiting costs work. */
const BACKOFF = { firstMs: 200, maxMs: 1_000 };
const CLOCK_HINT_MS = 10_000;

/** Keeps a connection to whatever enclave listens on the socket; a restarted one is a new enclave with new keys. */
export class EnclaveSession {
  readonly #context: EnclaveSessionContext;
  readonly #owner: EnclaveSessionOwner;
  readonly #backoff: Backoff;
  #attempt = 0;

  constructor(context: EnclaveSessionContext, owner: EnclaveSessionOwner) {
    this.#context = context;
    this.#owner = owner;
    this.#backoff = new Backoff(BACKOFF, context.random);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#attempt += 1;
        this.#owner.onConnecting(this.#attempt);
        await this.#serve(signal);
      } catch (error) {
        if (signal.aborted) return;
        const retryInMs = this.#backoff.nextMs();
        this.#owner.onFailed(messageOf(error), retryInMs);
        await delay(this.#context.timers, retryInMs, signal);
      }
    }
  }

  /** New quote over the same keys, anchored to the newest block: what a registration needs to be fresh. */
  async requote(enclave: LiveEnclave): Promise<LiveEnclave> {
    return { ...enclave, booted: await this.#boot(enclave.client) };
  }

  /** One connection from begin to end. Throws if it never served. */
  async #serve(signal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    let reason = 'it closed the connection';
    const client = await EnclaveClient.connect(this.#context.socketPath, {
      onProgress: (progress) => this.#owner.onProgress(progress),
      onLoaded: ({ modelDigest }) => this.#owner.onLoaded(modelDigest),
      onReceipt: (receipt) => this.#owner.onReceipt(receipt),
      onKeyConfigs: (keyConfigs) => this.#owner.onKeyConfigs(keyConfigs),
      onClose: (error) => {
        if (error) reason = error.message;
        lost.abort();
      },
    });
    const close = () => client.close();
    signal.addEventListener('abort', close);
    try {
      const ready = await client.ready;
      const booted = await this.#boot(client);
      this.#backoff.reset();
      this.#attempt = 0;
      this.#owner.onBooted({ client, ready, booted, signal: lost.signal });
      await this.#hintUntil(client, lost.signal);
      this.#owner.onLost(reason);
    } finally {
      signal.removeEventListener('abort', close);
      client.close();
    }
  }

  async #boot(client: EnclaveClient): Promise<Booted> {
    const { identity, clock } = this.#context;
    const anchor = await this.#context.anchor();
    return client.boot({ ...identity, anchor, nowMs: clock.nowMs() });
  }

  /** A guest's clock may stand still or drift; the enclave takes the later of ours and its own. */
  async #hintUntil(client: EnclaveClient, lost: AbortSignal): Promise<void> {
    while (!lost.aborted) {
      client.hintClock(this.#context.clock.nowMs());
      await delay(this.#context.timers, CLOCK_HINT_MS, lost);
    }
  }
}
