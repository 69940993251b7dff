import type { Hex } from '@hearth/attestation/receipt';
import {
  AskBook,
  citedFacts,
  foldFacts,
  type MarketFacts,
  type NodePlace,
  noFacts,
  type Period,
  type PriceCardPrices,
  poolMembers,
  type ReplayDifference,
  replayDifferences,
  soldOutAsClaimed,
  statedInput,
} from '../market/index.ts';
import {
  type Ask,
  askId,
  type BookRoot,
  type Clearing,
  jobClasses,
  messageId,
  priceCard,
} from '../protocol/index.ts';
import type { LoggedEntry, LogObserver } from './log-pass.ts';

type Card = PriceCardPrices & { readonly validFromMs: number };
type KnownAsk = Pick<Ask, 'nodeKey' | 'enclaveKey' | 'provider' | 'modelDigest' | 'tier' | 'class'>;

/** What the log says of the market at the place where the pass stands: book, records, price cards. */
export class MarketState implements LogObserver {
  readonly #book = new AskBook({ isProvable: true });
  /** Every ask that was ever logged, as far as it is still needed once it stands no more. */
  readonly #known = new Map<Hex, KnownAsk>();
  /** By node, as its newest ask says. */
  readonly #places = new Map<Hex, Pick<NodePlace, 'platformId' | 'provider'>>();
  readonly #models = new Set<Hex>();
  /** By model and class. */
  readonly #cards = new Map<string, Card[]>();
  #facts = noFacts;
  #size = 0;

  get facts(): MarketFacts {
    return this.#facts;
  }

  apply({ index, entry }: LoggedEntry): void {
    this.#size = index + 1;
    if (entry.kind === 'ask') {
      const { body } = entry.message;
      const id = askId(body);
      const { nodeKey, enclaveKey, provider, modelDigest, tier, class: jobClass } = body;
      this.#known.set(id, { nodeKey, enclaveKey, provider, modelDigest, tier, class: jobClass });
      this.#places.set(nodeKey, { platformId: entry.platformId, provider });
      this.#models.add(modelDigest);
      this.#book.putAsk(index, {
        askId: id,
        ask: body,
        platformId: entry.platformId,
        timestampMs: entry.atMs,
      });
    }
    if (entry.kind === 'slot-counter') this.#book.putCounter(index, entry.message.body, entry.atMs);
    if (entry.kind === 'quality') this.#book.putTable(index, entry.quality);
    if (entry.kind === 'ejection') this.#book.putEjection(index, entry.ejection);
    if (entry.kind === 'price-card') {
      const { body } = entry.message;
      const card = { ...body, priceCardHash: messageId(priceCard, body) };
      this.#cards.set(soldAs(body), [...(this.#cards.get(soldAs(body)) ?? []), card]);
    }
    this.#facts = foldFacts(this.#facts, entry, index);
    this.#book.forgetBelow(this.#size);
  }

  /** A clearing that cites exactly this state, computed again. */
  replay(clearing: Clearing): ReplayDifference[] {
    const { request } = clearing.request;
    const card = this.#cardInForce(clearing);
    if (card === undefined)
      return [{ field: 'priceCardHash', claimed: clearing.priceCardHash, replayed: 'no card in force' }];
    const unattested = new Set(
      clearing.unattested
        .flatMap((id) => this.#known.get(id)?.enclaveKey ?? [])
        .map((key) => this.#book.enclaveNumber(key)),
    );
    const input = {
      ...statedInput(clearing),
      ...citedFacts(this.#facts, request.modelDigest, request.class, clearing.atMs),
      priceCard: card,
      isAttested: (enclave: number) => !unattested.has(enclave),
      isSoldOut: soldOutAsClaimed(clearing),
    };
    return replayDifferences(clearing, this.#book.clear(input, this.#size), card);
  }

  /** The roots that a clearing of exactly this state has to name. */
  booksOf({ request: { request }, priceCardHash }: Clearing): BookRoot[] {
    return this.#book.booksOf(request, priceCardHash, this.#size);
  }

  /** Where nodes stand at `atMs`, for a table that covers exactly what was read. */
  placesAt(atMs: number): Pick<Period, 'placeOf' | 'membersOf'> {
    const asks = [...this.#models].flatMap((modelDigest) =>
      Object.values(jobClasses).flatMap((jobClass) => this.#book.asksFor(modelDigest, jobClass, this.#size)),
    );
    const members = poolMembers(asks, atMs);
    return {
      placeOf: (nodeKey) => {
        const place = this.#places.get(nodeKey);
        return place && { ...place, pools: members.poolsOf(nodeKey) };
      },
      membersOf: members.membersOf,
    };
  }

  askOf(id: Hex): KnownAsk | undefined {
    return this.#known.get(id);
  }

  #cardInForce({ request: { request }, atMs }: Clearing): Card | undefined {
    const inForce = (this.#cards.get(soldAs(request)) ?? []).filter(({ validFromMs }) => validFromMs <= atMs);
    return inForce.reduce<Card | undefined>(
      (best, card) => (best === undefined || card.validFromMs >= best.validFromMs ? card : best),
      undefined,
    );
  }
}

const soldAs = ({ modelDigest, class: jobClass }: { modelDigest: string; class: number }): string =>
  `${modelDigest}/${jobClass}`;
