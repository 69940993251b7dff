import { type Hex, hashLeaseRequest, leasePriceCeil, recoverSigner } from '@hearth/attestation/receipt';
import type { Authorization, Eip712Domain, LeaseRequest } from '@hearth/contracts';
import { poolId } from '@hearth/sdk/market';
import {
  type Ask,
  askId,
  type DirectGrant,
  type DirectLeaseRequest,
  type Ed25519Key,
  type EnclaveStatement,
  type FromAgent,
  HearthError,
  hold,
  isInRegions,
  lease,
  leaseId,
  type Offer,
  regionsHash,
  type Signed,
  type SignedLeaseRelease,
  signMessage,
} from '@hearth/sdk/protocol';
import type { OnOffer } from '../asks/ask-desk.ts';
import { type AskTerms, nextAsk } from '../asks/ask-terms.ts';
import type { MarketChain, MarketTransactions } from '../chain/market-chain.ts';
import { firstLine } from '../chain/rpc.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import type { Clock } from '../ports.ts';
import type { PriceCard } from '../slots/check-offer.ts';
import type { LeaseBook } from '../slots/lease-book.ts';
import type { SlotDesk } from '../slots/slot-desk.ts';
import { takeBack } from '../slots/take-back.ts';

const LEASE_LIFETIME_MS = 10 * 60_000;
/** For the look at the order on the chain: nobody else is asked meanwhile. */
const ANSWER_MS = 5_000;
const MAX_ASKS = 64;
/** The newest of the node's own holds of a pair always counts: no other numbers are needed. */
const SEQUENCE = 1;

export type DirectDeskContext = {
  readonly nodeKey: Ed25519Key;
  readonly domain: Eip712Domain;
  readonly slots: Pick<SlotDesk, 'answer' | 'release'>;
  readonly leases: LeaseBook;
  readonly chain: Pick<MarketChain, 'assuredMicroUsd'>;
  readonly transactions: Pick<MarketTransactions, 'reserve'>;
  readonly clock: Clock;
  /** While a gateway is there, slots are sold by auction alone. */
  isLinked(): boolean;
  /** Of the enclave that serves, with the model that is named, or that in memory. */
  statementOf(modelDigest: Hex | undefined): EnclaveStatement | undefined;
  /** What is for sale right now for jobs of a class. */
  onOffer(modelDigest: Hex, jobClass: number): OnOffer | undefined;
  append(record: JournalRecord): Promise<void>;
};

/**
 * Sells slots without a gateway: at the node's own ask, out of its own slot ledger, against money that the chain has set
 * aside for its enclave alone. Lease and hold have the shapes of the market's, signed by the node key.
 */
export class DirectDesk {
  readonly #context: DirectDeskContext;
  /** Terms of offers to ourselves; never signed, so they are no second ask beside the one in the log. */
  readonly #asks = new Map<Hex, Ask>();

  constructor(context: DirectDeskContext) {
    this.#context = context;
  }

  /** The ask that a direct lease names. */
  find(id: Hex): Ask | undefined {
    return this.#asks.get(id);
  }

  /** @throws HearthError `unavailable` */
  statementOf(modelDigest: Hex | undefined): EnclaveStatement {
    return this.#context.statementOf(modelDigest) ?? nothingToSell();
  }

  /**
   * @throws HearthError `unavailable` (linked, or nothing to sell), `invalid_signature`, `no_bid` (not on these terms),
   * `insufficient_funds` (the chain sets nothing aside)
   */
  async grant({ request, signature, regions, reserve }: DirectLeaseRequest): Promise<DirectGrant> {
    const { clock, domain, isLinked, nodeKey, leases, append } = this.#context;
    if (isLinked()) throw new HearthError('unavailable', 'this node sells through the market: ask a gateway');
    const { terms, card, statement } =
      this.#context.onOffer(request.modelDigest as Hex, request.class) ?? nothingToSell();
    const requestId = hashLeaseRequest(domain, request);
    assertWithin(request, regions, terms, card);
    const ask = nextAsk(terms, undefined, clock.nowMs());
    this.#remember(ask);
    const sessionKey = recoverSigner(requestId, signature);
    if (!sessionKey) throw new HearthError('invalid_signature', 'lease request: its signature is nobody’s');
    const offer = offerOf(request, requestId, sessionKey, ask, card, clock.nowMs());
    await this.#takeSlot(offer);
    const heldPicoUsd = await this.#setAside(request.orderHash as Hex, terms.enclaveKey, reserve).catch(
      (error: unknown) => {
        this.#context.slots.release(offer.leaseId);
        throw error;
      },
    );
    const { answerByMs: _, ...leased } = offer;
    const signedLease = signMessage(lease, { ...leased, grantedAtMs: clock.nowMs() }, nodeKey);
    const body = {
      v: 1 as const,
      orderHash: offer.orderHash,
      enclaveKey: terms.enclaveKey,
      heldCumulativePicoUsd: heldPicoUsd,
      holdSequence: SEQUENCE,
      expiresAtMs: offer.leaseExpiresAtMs,
    };
    const signedHold = signMessage(hold, body, nodeKey);
    const durable = append({ kind: 'lease', lease: signedLease, hold: signedHold, isDirect: true });
    leases.granted(signedLease, signedHold, durable, { isDirect: true });
    await durable;
    return { lease: signedLease, hold: signedHold, enclave: statement };
  }

  /** @throws HearthError `invalid_signature` */
  release(message: SignedLeaseRelease): void {
    takeBack(this.#context, message);
  }

  /** By the same rules as an OFFER of a gateway: order open on the chain, exposure, a free slot. */
  async #takeSlot(offer: Offer): Promise<void> {
    let answer: FromAgent | undefined;
    const unsigned: Signed<Offer> = { body: offer, signature: '0x' };
    await this.#context.slots.answer(unsigned, (message) => {
      answer = message;
    });
    if (answer?.type === 'accept') return;
    const reason = answer?.type === 'reject' ? answer.message.body.reason : 'nobody answered';
    throw new HearthError('no_bid', `this node does not sell: ${reason}`, { details: { answers: [reason] } });
  }

  /** @returns what the enclave is sure of on this order, all that it was ever paid included, in pUSD */
  async #setAside(
    orderHash: Hex,
    enclaveKey: Hex,
    { sessionSignature, ...cap }: DirectLeaseRequest['reserve'],
  ): Promise<bigint> {
    const { chain, transactions } = this.#context;
    const assured = async () => (await chain.assuredMicroUsd(orderHash, enclaveKey)) * 1_000_000n;
    const before = await assured();
    if (before >= cap.cumulativeCapPicoUsd) return before;
    const authorization: Authorization = { orderHash, enclaveKey, ...cap };
    try {
      await transactions.reserve(authorization, sessionSignature);
    } catch (cause) {
      throw new HearthError(
        'insufficient_funds',
        `order ${orderHash}: the chain set aside less than ${cap.cumulativeCapPicoUsd} pUSD for ${enclaveKey}: ${firstLine(cause)}`,
        { cause },
      );
    }
    return assured();
  }

  #remember(ask: Ask): void {
    this.#asks.set(askId(ask), ask);
    const [oldest] = this.#asks.keys();
    if (this.#asks.size > MAX_ASKS && oldest) this.#asks.delete(oldest);
  }
}

function nothingToSell(): never {
  throw new HearthError('unavailable', 'this node has nothing of that to sell now');
}

function assertWithin(
  request: LeaseRequest,
  regions: readonly string[],
  terms: AskTerms,
  card: PriceCard,
): void {
  const price = (base: bigint) => leasePriceCeil(base, terms.multiplierPpm);
  const clauses: [clause: string, holds: boolean][] = [
    ['regions', regionsHash([...regions]) === request.regionsHash && isInRegions(terms.region, [...regions])],
    ['tier', request.minTier <= terms.tier],
    ['context', request.contextTokens <= terms.maxContextTokens],
    [
      'price',
      price(card.inputMicroUsdPerMTok) <= request.maxPriceInput &&
        price(card.cachedInputMicroUsdPerMTok) <= request.maxPriceCachedInput &&
        price(card.outputMicroUsdPerMTok) <= request.maxPriceOutput,
    ],
  ];
  const broken = clauses.find(([, holds]) => !holds);
  if (broken) throw new HearthError('no_bid', `this node does not serve the request: ${broken[0]}`);
}

function offerOf(
  request: LeaseRequest,
  requestId: Hex,
  sessionKey: Hex,
  ask: Ask,
  card: PriceCard,
  nowMs: number,
): Offer {
  const { nodeKey, enclaveKey, provider, modelDigest, multiplierPpm, tier } = ask;
  const id = askId(ask);
  return {
    v: 1,
    leaseId: leaseId(requestId, id),
    requestId,
    askId: id,
    orderHash: request.orderHash as Hex,
    sessionKey,
    nodeKey,
    enclaveKey,
    provider,
    modelDigest,
    multiplierPpm,
    effectiveAsk: multiplierPpm,
    poolId: poolId(modelDigest, tier, ask.class),
    priceInput: leasePriceCeil(card.inputMicroUsdPerMTok, multiplierPpm),
    priceCachedInput: leasePriceCeil(card.cachedInputMicroUsdPerMTok, multiplierPpm),
    priceOutput: leasePriceCeil(card.outputMicroUsdPerMTok, multiplierPpm),
    holdPicoUsd: request.holdPicoUsd,
    leaseExpiresAtMs: nowMs + LEASE_LIFETIME_MS,
    answerByMs: nowMs + ANSWER_MS,
  };
}
