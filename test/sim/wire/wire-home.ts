import type { Hex } from '@hearth/attestation/receipt';
import {
  type Ask,
  ask,
  askId,
  type Ed25519Key,
  type priceCard,
  receiptLeaf,
  type Signed,
  signMessage,
} from '@hearth/sdk/protocol';
import type { z } from 'zod';
import type { Channel } from '../engine/network.ts';
import type { SimRandom } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import { model } from '../market/catalogue.ts';
import { account, word } from '../market/identifiers.ts';
import { HomeDisk } from './home-disk.ts';
import { HomeProcess } from './home-process.ts';
import { type FromHome, type JobAnswer, type JobOpening, receiptHashOf, type ToHome } from './messages.ts';
import { simulatedKey } from './simulated-key.ts';
import { SlotModel } from './slot-model.ts';

const ASK_LIFETIME_MS = 30 * 60_000;
const DELIVER_AGAIN_MS = 2_000;
const CHAIN_DELAY_MS = { from: 1, to: 40 };

export interface WireHomeOptions {
  readonly index: number;
  readonly slots: number;
  readonly multiplierPpm: number;
  readonly msPerToken: number;
  readonly logKey: Hex;
  readonly priceCard: z.output<typeof priceCard.body>;
  readonly priceCardHash: Hex;
}

/** Carries a message to the gateway; false when there is no connection. */
export type SendUp = (home: WireHome, message: FromHome) => boolean;

/** The link to the gateway, while it lasts. */
export interface Connection {
  readonly up: Channel;
  readonly down: Channel;
}

const newConnection = (): Connection => ({ up: { arrivedAtMs: 0 }, down: { arrivedAtMs: 0 } });

/** A home in the world of messages: keys, disk, asks, jobs and receipts around a process that may die. */
export class WireHome {
  readonly options: WireHomeOptions;
  readonly nodeKey: Ed25519Key;
  readonly disk = new HomeDisk();
  readonly model: SlotModel;
  enclaveKey: Hex;
  /** What is on the way when it breaks is lost. */
  connection: Connection | undefined = newConnection();
  jobsServed = 0;
  readonly #simulation: Simulation;
  readonly #random: SimRandom;
  readonly #sendUp: SendUp;
  readonly #asks = new Map<Hex, Ask>();
  /** As the enclave does: the same job header opens once. */
  readonly #opened = new Set<Hex>();
  #process: HomeProcess | undefined;
  #pendingAsk: Signed<Ask> | undefined;
  #newestAsk: { id: Hex; seq: number } | undefined;
  #life = 0;

  constructor(simulation: Simulation, random: SimRandom, options: WireHomeOptions, sendUp: SendUp) {
    this.options = options;
    this.#simulation = simulation;
    this.#random = random;
    this.#sendUp = sendUp;
    this.nodeKey = simulatedKey(`home ${simulation.seed} ${options.index}`);
    this.enclaveKey = account(0xec, options.index);
    this.model = new SlotModel(simulation, options.index, options.slots);
  }

  get isAlive(): boolean {
    return this.#process !== undefined;
  }

  get used(): number {
    return this.#process?.used ?? 0;
  }

  /** @param isNewEnclave the enclave died too: its leases are void and it has a new key */
  boot(isNewEnclave: boolean): void {
    const { index, slots, priceCard: card, logKey } = this.options;
    this.#life += 1;
    if (isNewEnclave) this.enclaveKey = account(0xec, this.#life * 100_000 + index);
    this.disk.skipSequence();
    this.#process = new HomeProcess({
      simulation: this.#simulation,
      nodeKey: this.nodeKey,
      logKey,
      enclaveKey: this.enclaveKey,
      slots,
      disk: this.disk,
      model: this.model,
      priceCard: card,
      ask: (id) => this.#asks.get(id),
      send: (message) => this.#sendUp(this, message),
      chainDelayMs: () => this.#random.between(CHAIN_DELAY_MS.from, CHAIN_DELAY_MS.to),
    });
    this.connection = newConnection();
    this.#announce();
    this.#process.boot();
    this.#deliver();
  }

  kill(): void {
    this.connection = undefined;
    this.#process?.kill();
    this.#process = undefined;
    this.model.died();
  }

  unlinked(): void {
    this.connection = undefined;
  }

  /** The connection is back: everything that may have been lost is said again. */
  relinked(): void {
    this.connection = newConnection();
    if (this.#process === undefined) return;
    this.#announce();
    this.#process.linked();
    this.#deliver();
  }

  receive(message: ToHome): void {
    if (message.type === 'promise') {
      if (message.message.body.messageId !== this.#pendingId()) return;
      this.#pendingAsk = undefined;
      this.#announce(); // the enclave may be another one by now
    } else if (message.type === 'receipt-stored') this.disk.undelivered.delete(message.receiptHash);
    else if (message.type !== 'open') this.#process?.receive(message);
  }

  /** A buyer's job arrives. `answer` is heard only by a buyer that still waits. */
  open(job: JobOpening, answer: (answer: JobAnswer) => void): void {
    const process = this.#process;
    if (process === undefined || this.#opened.has(job.jobId)) return;
    this.#opened.add(job.jobId);
    const refusal = process.open(job);
    if (refusal !== undefined) return answer({ kind: 'refused', reason: refusal });
    this.#simulation.after(Math.max(1, job.tokens * this.options.msPerToken), () => {
      if (this.#process !== process) return; // it died with its job
      process.ended(job.leaseId);
      answer({ kind: 'done', receiptHash: this.#receipt(job) });
    });
  }

  /** The receipt is on disk before anyone hears of it. */
  #receipt({ leaseId, jobId, tokens }: JobOpening): Hex {
    const lease = this.disk.leaseOf(leaseId);
    if (lease === undefined) throw new Error(`job on lease ${leaseId}, which is on no disk`);
    const receiptHash = receiptHashOf(jobId, this.nodeKey.publicKey);
    const { poolId, provider, effectiveAsk } = lease;
    const body = {
      v: 1 as const,
      receiptHash,
      leaseId,
      poolId,
      provider,
      nodeKey: this.nodeKey.publicKey,
      effectiveAsk,
      billedTokens: tokens,
      outcome: 1,
    };
    this.disk.undelivered.set(receiptHash, signMessage(receiptLeaf, body, this.nodeKey));
    this.jobsServed += 1;
    this.#sendUp(this, { type: 'leaf', message: signMessage(receiptLeaf, body, this.nodeKey) });
    return receiptHash;
  }

  /** Again and again until the gateway says that it has them. */
  #deliver(): void {
    const life = this.#life;
    for (const message of this.disk.undelivered.values()) this.#sendUp(this, { type: 'leaf', message });
    this.#simulation.after(DELIVER_AGAIN_MS, () => {
      if (this.#process !== undefined && life === this.#life) {
        if (this.#pendingAsk) this.#sendUp(this, { type: 'ask', message: this.#pendingAsk });
        this.#deliver();
      }
    });
  }

  #announce(): void {
    const standing = this.#newestAsk && this.#asks.get(this.#newestAsk.id);
    if (standing?.enclaveKey !== this.enclaveKey && this.#pendingAsk?.body.enclaveKey !== this.enclaveKey) {
      // One at a time, because asks build on each other: what is under way is answered first.
      if (this.#pendingAsk === undefined) this.#pendingAsk = this.#sign(this.#nextAsk());
    }
    if (this.#pendingAsk) this.#sendUp(this, { type: 'ask', message: this.#pendingAsk });
  }

  #pendingId(): Hex | undefined {
    return this.#pendingAsk && askId(this.#pendingAsk.body);
  }

  #sign(body: Ask): Signed<Ask> {
    const id = askId(body);
    this.#asks.set(id, body);
    this.#newestAsk = { id, seq: body.seq };
    return signMessage(ask, body, this.nodeKey);
  }

  #nextAsk(): Ask {
    const { index, slots, multiplierPpm, priceCardHash } = this.options;
    const nowMs = this.#simulation.nowMs();
    return {
      v: 1,
      nodeKey: this.nodeKey.publicKey,
      provider: account(0x0a, index),
      enclaveKey: this.enclaveKey,
      model: model.name,
      modelDigest: model.digest,
      priceCardHash,
      region: 'DE',
      tier: 1,
      class: 0,
      multiplierPpm,
      slots,
      maxContextTokens: 8_192,
      validFromMs: nowMs,
      validUntilMs: nowMs + ASK_LIFETIME_MS,
      seq: (this.#newestAsk?.seq ?? 0) + 1,
      prevAskHash: this.#newestAsk?.id ?? word(0, 0),
    };
  }
}
