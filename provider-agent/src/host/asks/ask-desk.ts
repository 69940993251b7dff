import type { Hex } from '@hearth/attestation/receipt';
import {
  type EnclaveStatement,
  type FromAgent,
  jobClasses,
  messageId,
  nameOf,
  priceCard,
  type Signed,
} from '@hearth/sdk/protocol';
import type { OfferedModel } from '../../channel/index.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { Backoff } from '../backoff.ts';
import type { Report } from '../host-events.ts';
import type { Clock, Random, Timers } from '../ports.ts';
import type { PriceCard } from '../slots/check-offer.ts';
import type { AskChain } from './ask-chain.ts';
import { ASK_RENEWAL_MS, type AskTerms } from './ask-terms.ts';
import { classPrices } from './class-prices.ts';
import { swapSurchargePpmCeil } from './swap-price.ts';

export type AskDeskContext = {
  readonly chain: AskChain;
  readonly nodeKey: Hex;
  /** Its multipliers are the first ones; `reprice` sets others. */
  readonly ask: HomeConfig['ask'];
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

/** A node's terms as they stand for one class of jobs, whoever asks. */
export type OnOffer = {
  readonly terms: AskTerms;
  readonly card: PriceCard;
  readonly statement: EnclaveStatement;
};

export type Offering = {
  /** Of the enclave; it goes out once for each of its models. */
  readonly statement: Omit<EnclaveStatement, 'model'>;
  readonly models: readonly OfferedModel[];
  /** The one in memory: asks for the others carry what the change costs. */
  readonly loaded: Hex;
};

const RETRY = { firstMs: 500, maxMs: 30_000 };
/** The protocol's largest multiplier. */
const MAX_PPM = 1_000_000_000;

/** Keeps an ask standing for each model and class that the enclave serves: announces, renews, and tries again what was refused. */
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
    this.#multiplierPpm = context.ask.multiplierPpm;
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

  /** What is on offer for jobs of a class, with the card that prices it; undefined where nothing is. */
  onOffer(modelDigest: Hex, jobClass: number): OnOffer | undefined {
    const offering = this.#offering;
    const terms =
      offering &&
      this.#terms(offering).find((each) => each.modelDigest === modelDigest && each.class === jobClass);
    const card = terms && this.#cards.get(terms.priceCardHash);
    const statement = this.statementOf(modelDigest);
    return card && statement && { terms, card, statement };
  }

  /** Of the enclave on offer, with one of its models: that in memory if none is named. */
  statementOf(modelDigest: Hex | undefined): EnclaveStatement | undefined {
    const offering = this.#offering;
    const wanted = modelDigest ?? offering?.loaded;
    const model = offering?.models.find((each) => each.modelDigest === wanted);
    return offering && model && { ...offering.statement, model: model.manifest };
  }

  /** The price card of the first model and class on offer. */
  get card(): PriceCard | undefined {
    const [first] = this.#offering ? this.#terms(this.#offering) : [];
    return first && this.#cards.get(first.priceCardHash);
  }

  /** What asks at that multiplier would say, or at the present one; nothing while nothing is on offer. */
  termsAt(multiplierPpm: number | undefined): readonly AskTerms[] {
    return this.#offering ? this.#terms(this.#offering, multiplierPpm) : [];
  }

  /** Says who we are and what we ask. Idempotent; one at a time, because asks build on each other. */
  announce(): void {
    this.#inTurn(() => this.#announce());
  }

  /** Whether jobs of its kind are on offer: an ask for others may still stand from before. */
  sells({ modelDigest, class: jobClass }: Pick<AskTerms, 'modelDigest' | 'class'>): boolean {
    const { ask } = this.#context;
    const model = this.#offering?.models.find((each) => each.modelDigest === modelDigest);
    const prices = classPrices(ask, model?.classes ?? [], this.#multiplierPpm);
    return prices.some((price) => price.class === jobClass);
  }

  async promised(id: Hex): Promise<void> {
    const promised = await this.#context.chain.promised(id);
    if (!promised) return; // the promise for a slot counter
    this.#backoff.reset();
    const terms = this.#offering && this.#terms(this.#offering);
    const [first] = terms ?? [];
    if (!terms || !first) return;
    // An older ask that had to be answered first, or that of another kind: what we ask now follows it.
    if (this.#context.chain.missing(terms)) return this.#inTurn(() => this.#askNext());
    this.#announceAfter(this.#untilNextChangeMs(terms));
    if (this.#readyAskId === id) return;
    this.#readyAskId = id;
    const { enclaveKey, model, multiplierPpm, slots } = first;
    const models = [...new Set(terms.map((each) => each.model))];
    const asked = models.map(
      (name) => `${name}, ${pricesInWords(terms.filter((each) => each.model === name))}`,
    );
    const classes = Object.fromEntries(
      terms
        .filter((each) => each.model === model)
        .map((each) => [nameOf(jobClasses, each.class), each.multiplierPpm]),
    );
    this.#context.report('ready', `ask ${promised.seq} stands: ${asked.join('; ')} of the price card`, {
      askId: id,
      enclaveKey,
      model,
      multiplierPpm,
      slots,
      classes,
      ...(models.length > 1 && { models }),
    });
  }

  /** `ref` is null for the statement itself. @returns whether this was about us. */
  async refused(ref: Hex | null, code: string, message: string): Promise<boolean> {
    const wasAsk = ref !== null && (await this.#context.chain.refused(ref));
    if (ref !== null && !wasAsk) return false;
    const retryInMs = this.#backoff.nextMs();
    this.#context.report(
      'ask-refused',
      `the gateway refused the ${wasAsk ? 'ask' : 'enclave statement'}: ${message}`,
      { code, retryInMs, cause: message },
    );
    this.#announceAfter(retryInMs);
    return true;
  }

  stop(): void {
    this.#cancelTimer();
  }

  #inTurn(task: () => Promise<void>): void {
    this.#announcing = this.#announcing.then(task).catch((error: unknown) => {
      this.#context.report('warning', `ask: ${String(error)}`);
      this.#announceAfter(this.#backoff.nextMs());
    });
  }

  async #announce(): Promise<void> {
    const offering = this.#offering;
    if (!offering) return;
    const heard = offering.models.map(({ manifest: model }) =>
      this.#context.introduce({ ...offering.statement, model }),
    );
    if (heard.includes(false)) return;
    this.#context.onAnnounced();
    await this.#askNext();
  }

  async #askNext(): Promise<void> {
    const offering = this.#offering;
    if (!offering) return;
    const terms = this.#terms(offering);
    if (terms.length === 0) {
      this.#context.report(
        'warning',
        `the gateway has no price card for what you sell of model ${offering.models.map(({ manifest }) => manifest.name).join(' or ')}`,
      );
      return this.#announceAfter(RETRY.maxMs);
    }
    const message = await this.#context.chain.toSend(terms);
    if (message) this.#context.send({ type: 'ask', message });
  }

  #terms(offering: Offering, currentPpm: number = this.#multiplierPpm): AskTerms[] {
    return offering.models.flatMap((model) => this.#termsOf(model, offering, currentPpm));
  }

  /** One ask for each class that the model can, the owner sells, and the market has a price card for. */
  #termsOf(model: OfferedModel, { statement, loaded }: Offering, currentPpm: number): AskTerms[] {
    const { enclaveKeys, region } = statement;
    const { nodeKey, ask } = this.#context;
    const { modelDigest, manifest, contextTokens: maxContextTokens, loadMs } = model;
    return classPrices(ask, model.classes, currentPpm).flatMap(({ class: jobClass, multiplierPpm }) => {
      const priceCardHash = this.#cardFor(modelDigest, jobClass);
      const card = priceCardHash && this.#cards.get(priceCardHash);
      if (!card) return [];
      const swapPpm = modelDigest === loaded ? 0 : swapSurchargePpmCeil(ask.swap, loadMs, card);
      return [
        {
          nodeKey,
          provider: enclaveKeys.provider,
          enclaveKey: enclaveKeys.enclaveKey,
          model: manifest.name,
          modelDigest,
          priceCardHash,
          region,
          tier: enclaveKeys.tier,
          class: jobClass,
          multiplierPpm: Math.min(multiplierPpm + swapPpm, MAX_PPM),
          slots: ask.slots,
          maxContextTokens,
        },
      ];
    });
  }

  /** The newest card for the model and class that is in force; the gateway tells of a next one 10 minutes ahead. */
  #cardFor(digest: Hex, jobClass: number): Hex | undefined {
    const nowMs = this.#context.clock.nowMs();
    const cards = [...this.#cards].filter(
      ([, card]) => card.modelDigest === digest && card.class === jobClass,
    );
    const inForce = cards.filter(([, card]) => card.validFromMs <= nowMs);
    const [newest] = (inForce.length > 0 ? inForce : cards).sort(
      ([, a], [, b]) => b.validFromMs - a.validFromMs,
    );
    return newest?.[0];
  }

  /** Until the ask has to be renewed, or a newer price card comes into force. */
  #untilNextChangeMs(terms: readonly AskTerms[]): number {
    const nowMs = this.#context.clock.nowMs();
    const isSold = (card: PriceCard) => terms.some(({ modelDigest: digest }) => digest === card.modelDigest);
    const changes = [...this.#cards.values()]
      .filter((card) => isSold(card) && card.validFromMs > nowMs)
      .map((card) => card.validFromMs - nowMs);
    return Math.min(ASK_RENEWAL_MS, ...changes);
  }

  #announceAfter(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#context.timers.after(delayMs, () => this.announce());
  }
}

const pricesInWords = (terms: readonly AskTerms[]): string =>
  terms.map((each) => `${nameOf(jobClasses, each.class)} at ${each.multiplierPpm / 10_000} %`).join(', ');
