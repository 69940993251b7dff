import type { Hex } from '@hearth/attestation/receipt';
import {
  type EnclaveStatement,
  type FromAgent,
  jobClasses,
  messageId,
  modelDigest,
  priceCard,
  type Signed,
} from '@hearth/sdk/protocol';
import { Backoff } from '../backoff.ts';
import type { Report } from '../host-events.ts';
import type { Clock, Random, Timers } from '../ports.ts';
import type { PriceCard } from '../slots/check-offer.ts';
import type { AskChain } from './ask-chain.ts';
import { ASK_RENEWAL_MS, type AskTerms, isStanding } from './ask-terms.ts';

export type AskDeskContext = {
  readonly chain: AskChain;
  readonly nodeKey: Hex;
  /** The first one; `reprice` sets others. */
  readonly multiplierPpm: number;
  readonly slots: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly report: Report;
  /** To the log, over one replica. False while there is no link. */
  send(message: FromAgent): boolean;
  /** To each replica, because what the enclave says is kept by none for the others. False while there is no link. */
  introduce(statement: EnclaveStatement): boolean;
  /** The enclave's statement has just gone out: what hangs on it follows. */
  onAnnounced(): void;
};

export type Offering = { readonly statement: EnclaveStatement; readonly maxContextTokens: number };

const RETRY = { firstMs: 500, maxMs: 30_000 };

/** Keeps one ask standing for the enclave that serves: announces, renews, and tries again what was refused. */
export class AskDesk {
  readonly #context: AskDeskContext;
  readonly #backoff: Backoff;
  #offering: Offering | undefined;
  #cards = new Map<Hex, PriceCard>();
  #cancelTimer: () => void = () => {};
  #announcing: Promise<void> = Promise.resolve();
  #readyAskId: Hex | undefined;
  #multiplierPpm: number;

  constructor(context: AskDeskContext) {
    this.#context = context;
    this.#multiplierPpm = context.multiplierPpm;
    this.#backoff = new Backoff(RETRY, context.random);
  }

  /** The card that an ask names, as the gateway signed it. */
  cardOf(priceCardHash: Hex): PriceCard | undefined {
    return this.#cards.get(priceCardHash);
  }

  /** A new link: it brings its price cards and knows nothing of us. */
  linked(cards: readonly Signed<PriceCard>[]): void {
    this.#cards = new Map(cards.map(({ body }) => [messageId(priceCard, body), body]));
    this.#backoff.reset();
    this.announce();
  }

  /** No link is left: nobody sells for us. */
  unlinked(): void {
    this.#readyAskId = undefined;
  }

  /** What is on offer from now on; undefined: nothing. */
  offer(offering: Offering | undefined): void {
    this.#offering = offering;
    if (offering) this.announce();
    else this.stop();
  }

  /** The multiplier that is asked from now on. */
  reprice(multiplierPpm: number): void {
    if (multiplierPpm === this.#multiplierPpm) return;
    this.#multiplierPpm = multiplierPpm;
    if (this.#offering) this.announce();
  }

  /** The price card for the model on offer. */
  get card(): PriceCard | undefined {
    const hash = this.#offering && this.#cardFor(modelDigest(this.#offering.statement.model));
    return hash && this.#cards.get(hash);
  }

  /** Says who we are and what we ask. Idempotent; one at a time, because asks build on each other. */
  announce(): void {
    this.#announcing = this.#announcing
      .then(() => this.#announce())
      .catch((error: unknown) => {
        this.#context.report('warning', `ask: ${String(error)}`);
        this.#announceAfter(this.#backoff.nextMs());
      });
  }

  async promised(id: Hex): Promise<void> {
    const promised = await this.#context.chain.promised(id);
    if (!promised) return; // the promise for a slot counter
    this.#backoff.reset();
    const terms = this.#offering && this.#terms(this.#offering);
    if (!terms) return;
    // An older ask that had to be answered first: what we ask now follows it.
    if (!isStanding(promised, terms, this.#context.clock.nowMs())) return this.announce();
    this.#announceAfter(this.#untilNextChangeMs(terms));
    if (this.#readyAskId === id) return;
    this.#readyAskId = id;
    const { enclaveKey, model, multiplierPpm, slots, seq } = promised;
    this.#context.report(
      'ready',
      `ask ${seq} stands: ${model} at ${multiplierPpm / 10_000} % of the price card`,
      {
        askId: id,
        enclaveKey,
        model,
        multiplierPpm,
        slots,
      },
    );
  }

  /** `ref` is null for the statement itself. @returns whether this was about us. */
  async refused(ref: Hex | null, code: string, message: string): Promise<boolean> {
    const wasAsk = ref !== null && (await this.#context.chain.refused(ref));
    if (ref !== null && !wasAsk) return false;
    const retryInMs = this.#backoff.nextMs();
    this.#context.report(
      'ask-refused',
      `the gateway refused the ${wasAsk ? 'ask' : 'enclave statement'}: ${message}`,
      { code, retryInMs },
    );
    this.#announceAfter(retryInMs);
    return true;
  }

  stop(): void {
    this.#cancelTimer();
  }

  async #announce(): Promise<void> {
    const offering = this.#offering;
    if (!offering || !this.#context.introduce(offering.statement)) return;
    this.#context.onAnnounced();
    const terms = this.#terms(offering);
    if (!terms) {
      this.#context.report(
        'warning',
        `the gateway has no price card for model ${offering.statement.model.name}`,
      );
      return this.#announceAfter(RETRY.maxMs);
    }
    const message = await this.#context.chain.toSend(terms);
    this.#context.send({ type: 'ask', message });
  }

  #terms({ statement, maxContextTokens }: Offering): AskTerms | undefined {
    const { enclaveKeys, model, region } = statement;
    const digest = modelDigest(model);
    const card = this.#cardFor(digest);
    if (!card) return undefined;
    return {
      nodeKey: this.#context.nodeKey,
      provider: enclaveKeys.provider,
      enclaveKey: enclaveKeys.enclaveKey,
      model: model.name,
      modelDigest: digest,
      priceCardHash: card,
      region,
      tier: enclaveKeys.tier,
      class: jobClasses.chat,
      multiplierPpm: this.#multiplierPpm,
      slots: this.#context.slots,
      maxContextTokens,
    };
  }

  /** The newest card for the model that is in force; the gateway tells of a next one 10 minutes ahead. */
  #cardFor(digest: Hex): Hex | undefined {
    const nowMs = this.#context.clock.nowMs();
    const cards = [...this.#cards].filter(([, card]) => card.modelDigest === digest);
    const inForce = cards.filter(([, card]) => card.validFromMs <= nowMs);
    const [newest] = (inForce.length > 0 ? inForce : cards).sort(
      ([, a], [, b]) => b.validFromMs - a.validFromMs,
    );
    return newest?.[0];
  }

  /** Until the ask has to be renewed, or a newer price card comes into force. */
  #untilNextChangeMs({ modelDigest: digest }: AskTerms): number {
    const nowMs = this.#context.clock.nowMs();
    const changes = [...this.#cards.values()]
      .filter((card) => card.modelDigest === digest && card.validFromMs > nowMs)
      .map((card) => card.validFromMs - nowMs);
    return Math.min(ASK_RENEWAL_MS, ...changes);
  }

  #announceAfter(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#context.timers.after(delayMs, () => this.announce());
  }
}
