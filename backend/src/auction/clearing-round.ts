import type { Hex } from '@hearth/attestation/receipt';
import {
  type BookInput,
  type ClearedAsk,
  citedFacts,
  citedWindows,
  highestMultiplierFloor,
  refusalRule,
  type StandingAsk,
  soughtBy,
  tieBreakOf,
} from '@hearth/sdk/market';
import {
  type BookProof,
  type Checkpoint,
  type Clearing,
  HearthError,
  jobClasses,
  type LeaseRequestMessage,
  nameOf,
} from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { CatalogueService } from '../catalogue/catalogue.service.ts';
import { cardInForce, type LoggedPriceCard, pricesOf } from '../catalogue/price-cards.ts';
import { Clock } from '../platform/clock.ts';
import { AttestedEnclaves } from './attested-enclaves.ts';
import { MarketBook } from './market-book.ts';
import { NodeStandings } from './node-standings.ts';
import type { PolicyFilter } from './policy-filter.ts';

/** Asks that an answer without a bid counts by their reasons. */
const maxCounted = 1_000;

/** One auction before anyone was asked: who won under the cited checkpoint, and everything needed to say why. */
export interface ClearedRound {
  readonly ranking: readonly ClearedAsk[];
  /** Log indexes of what a bundle shows: the price card, the ranked asks, the windows. */
  readonly inputIndexes: readonly number[];
  /** Of each pool that the request admits, the asks that decided it. */
  readonly books: readonly BookProof[];
  /** The clearing as it is logged once `seller` has accepted. */
  describe(seller: ClearedAsk, leaseId: Hex): Clearing;
}

/** Gathers what stands under the cited checkpoint and runs the market's clearing function over it. */
@Injectable()
export class ClearingRound {
  constructor(
    private readonly book: MarketBook,
    private readonly attested: AttestedEnclaves,
    private readonly catalogue: CatalogueService,
    private readonly standings: NodeStandings,
    private readonly clock: Clock,
  ) {}

  /** @throws HearthError `model_not_found`, `no_bid` */
  async run(
    message: LeaseRequestMessage,
    requestId: Hex,
    buyer: Hex,
    checkpoint: Checkpoint,
    policy: PolicyFilter | undefined,
  ): Promise<ClearedRound> {
    const { request, regions } = message;
    const { beacon, treeSize } = checkpoint;
    const book = await this.book.newest(treeSize);
    const { modelDigest, class: jobClass } = request;
    const facts = this.book.factsAt(treeSize);
    const atMs = this.clock.nowMs();
    const card = this.cardFor(modelDigest, jobClass, atMs, treeSize);
    const input: Omit<BookInput, 'isAttested'> = {
      requestId,
      request,
      regions,
      buyer,
      atMs,
      beacon: tieBreakOf(beacon),
      priceCard: pricesOf(card),
      ...citedFacts(facts, modelDigest, jobClass, atMs),
    };
    // What nodes have signed since the cited checkpoint: one that has sold its last slot is not asked again.
    const soldOut = new Map<Hex, number | undefined>();
    const isSoldOut = ({ askId, ask }: StandingAsk): boolean => {
      soldOut.set(askId, book.soldOutSince(treeSize, ask));
      return soldOut.get(askId) !== undefined;
    };
    const notAttested = new Set<Hex>();
    const { winner, runnersUp, unattested, full } = await this.attested.among((attested) => {
      notAttested.clear();
      const isAttested = (enclave: number) => {
        if (attested.hasNumber(enclave)) return true;
        const key = book.enclaveKey(enclave);
        if (this.attested.refusal(policy, key) === undefined) notAttested.add(key);
        return false;
      };
      return book.clear({ ...input, isAttested, isSoldOut }, treeSize);
    }, policy);
    this.standings.notAttested(notAttested);
    if (winner === undefined) {
      const refusalOf = refusalRule(input);
      const asks = book.asksFor(modelDigest, jobClass, treeSize, maxCounted);
      throw noBid(asks, (standing) => {
        const reason = refusalOf(standing);
        if (reason !== undefined) return reason;
        const clause = this.attested.refusal(policy, standing.ask.enclaveKey);
        return clause === undefined ? 'attestation' : `policy.${clause}`;
      });
    }
    const ranking = [winner, ...runnersUp];
    const { priceCardHash } = card;
    const sought = soughtBy(
      request,
      regions,
      ranking.map(({ effectiveAsk }) => effectiveAsk),
      highestMultiplierFloor(input.priceCard, request),
    );
    const books = book.booksOf(request, priceCardHash, treeSize);
    return {
      ranking,
      inputIndexes: [
        card.logIndex,
        ...ranking.flatMap(({ standing }) => standing.logIndex ?? []),
        ...citedWindows(facts, modelDigest, jobClass, atMs),
      ],
      books: book.prove(request, priceCardHash, sought, treeSize),
      describe: (seller, leaseId) => ({
        v: 1,
        requestId,
        request: message,
        buyer,
        atMs,
        beacon,
        priceCardHash,
        books,
        windowPricePpm: seller.windowPricePpm ?? null,
        ceilingPpm: seller.ceilingPpm ?? null,
        ranking: ranking.map(({ askId }) => askId),
        winner: {
          askId: seller.askId,
          leaseId,
          effectiveAsk: seller.effectiveAsk,
          multiplierPpm: seller.multiplierPpm,
          ...seller.prices,
        },
        unattested: [...unattested],
        full: full.map((askId) => ({ askId, counterIndex: soldOut.get(askId) as number })),
      }),
    };
  }

  private cardFor(modelDigest: Hex, jobClass: number, atMs: number, treeSize: number): LoggedPriceCard {
    const card = cardInForce(this.catalogue.cardsOf(modelDigest, jobClass), atMs, treeSize);
    if (card === undefined)
      throw new HearthError(
        'model_not_found',
        `model ${modelDigest}: no price card for ${nameOf(jobClasses, jobClass)} in force under ${treeSize} log entries`,
      );
    return card;
  }
}

/** How many asks fell to what: a rule of the market by its name, a clause of the buyer's as `policy.<clause>`. */
function noBid(asks: readonly StandingAsk[], reasonOf: (standing: StandingAsk) => string): HearthError {
  const counts: Record<string, number> = {};
  for (const standing of asks) {
    const reason = reasonOf(standing);
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  const reasons = Object.entries(counts).map(([reason, count]) => `${count} × ${reason}`);
  return new HearthError(
    'no_bid',
    `no ask can serve this request (${reasons.join(', ') || 'nobody offers the model'})`,
    { details: { refusals: counts } },
  );
}
