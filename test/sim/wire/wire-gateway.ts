import type { Hex } from '@hearth/attestation/receipt';
import {
  AskBook,
  answerWithinMs,
  type ClearedAsk,
  leaseExpiresAtMs,
  type PriceCardPrices,
  poolId,
  SilentNodes,
  type StandingAsk,
} from '@hearth/sdk/market';
import {
  abort,
  ask,
  askId,
  type Ed25519Key,
  hold,
  type Lease,
  type LogEntry,
  lease,
  leaseId,
  logPromise,
  type Miss,
  messageId,
  type Offer,
  offer,
  type QualityTable,
  reject,
  signMessage,
  slotCounter,
} from '@hearth/sdk/protocol';
import type { Simulation } from '../engine/simulation.ts';
import { word } from '../market/identifiers.ts';
import { type BuyerRequest, clearingOf } from './clearing-record.ts';
import { type FromHome, receiptHashOf, type ToHome } from './messages.ts';
import { OfferTable } from './offer-table.ts';
import { isSignedBy } from './simulated-key.ts';
import { WireRecords } from './wire-records.ts';

const CHECKPOINT_MS = 1_000;
const BLOCK_MS = 1_000;
const OFFER_ANSWER_MS = 150;
const MISS_GRACE_MS = 60_000;
const ORDER_ENDS_MS = 7 * 24 * 3_600_000;

export interface Grant {
  readonly lease: Lease;
  readonly nodeKey: Hex;
}

/** The gateway in the world of messages: a log, a book folded from it, clearings under checkpoints, offers with deadlines. */
export class WireGateway {
  readonly log: LogEntry[] = [];
  readonly granted = new Map<Hex, Grant>();
  readonly storedReceipts = new Set<Hex>();
  refusedRequests = 0;
  readonly #simulation: Simulation;
  readonly #key: Ed25519Key;
  readonly #card: PriceCardPrices;
  /** As pings over the links have it. */
  readonly #roundTripMs: number;
  readonly #send: (nodeKey: Hex, message: ToHome) => void;
  readonly #offers: OfferTable;
  readonly #book = new AskBook();
  readonly #records: WireRecords;
  readonly #silent = new SilentNodes();
  readonly #running = new Set<Hex>();
  readonly #heads = new Map<string, { id: Hex; seq: number; atMs: number }>();
  #checkpoint = { size: 0, atMs: Number.NEGATIVE_INFINITY };
  #holds = 0;

  constructor(
    simulation: Simulation,
    key: Ed25519Key,
    card: PriceCardPrices,
    roundTripMs: number,
    known: QualityTable,
    send: (nodeKey: Hex, message: ToHome) => void,
  ) {
    this.#simulation = simulation;
    this.#key = key;
    this.#card = card;
    this.#roundTripMs = roundTripMs;
    this.#send = send;
    this.#offers = new OfferTable(simulation);
    this.#records = new WireRecords(this.#book, simulation.nowMs());
    this.#put({ kind: 'quality', atMs: 0, quality: known });
  }

  receive(nodeKey: Hex, platformId: Hex, message: FromHome): void {
    switch (message.type) {
      case 'ask':
        if (!isSignedBy(ask, message.message, nodeKey)) return;
        return this.#take(
          `ask ${nodeKey}`,
          askId(message.message.body),
          message.message.body.seq,
          nodeKey,
          (atMs) => ({ kind: 'ask', atMs, platformId, message: message.message }),
        );
      case 'slots':
        if (!isSignedBy(slotCounter, message.message, nodeKey)) return;
        return this.#take(
          `slots ${nodeKey}`,
          messageId(slotCounter, message.message.body),
          message.message.body.seq,
          nodeKey,
          (atMs) => ({ kind: 'slot-counter', atMs, message: message.message }),
        );
      case 'accept': {
        const { leaseId: ref } = message.message.body;
        if (this.#offers.accepted(message.message)) return;
        const refusal = {
          type: 'refused' as const,
          ref,
          code: 'timeout',
          message: 'no offer of it is open any more',
        };
        return this.#send(nodeKey, refusal);
      }
      case 'reject':
        if (isSignedBy(reject, message.message, nodeKey))
          this.#append({ kind: 'reject', atMs: this.#simulation.nowMs(), message: message.message });
        return this.#offers.rejected(message.message);
      case 'abort':
        if (isSignedBy(abort, message.message, nodeKey))
          this.#append({ kind: 'abort', atMs: this.#simulation.nowMs(), message: message.message });
        return;
      case 'leaf': {
        const { receiptHash } = message.message.body;
        if (!this.storedReceipts.has(receiptHash)) {
          this.storedReceipts.add(receiptHash);
          this.#append({ kind: 'receipt', atMs: this.#simulation.nowMs(), message: message.message });
        }
        return this.#send(nodeKey, { type: 'receipt-stored', receiptHash });
      }
      default:
        return;
    }
  }

  /** The same signed request may come again: the same lease then, never a second one. */
  request(request: BuyerRequest, answer: (grant: Grant | undefined) => void): void {
    const { requestId } = request;
    const earlier = this.granted.get(requestId);
    if (earlier !== undefined) return answer(earlier);
    if (this.#running.has(requestId)) return;
    const nowMs = this.#simulation.nowMs();
    if (nowMs - this.#checkpoint.atMs >= CHECKPOINT_MS)
      this.#checkpoint = { size: this.log.length, atMs: nowMs };
    const { size } = this.#checkpoint;
    const block = Math.floor(nowMs / BLOCK_MS);
    const soldOut = new Map<Hex, number>();
    const input = {
      ...request.terms,
      requestId,
      atMs: nowMs,
      beacon: { blockNumber: block, blockHash: word(0xb1, block), timestampMs: block * BLOCK_MS },
      priceCard: this.#card,
      isAttested: () => true,
      ...this.#records.citedAt(size, nowMs),
      isSoldOut: ({ askId: id, ask: { nodeKey, enclaveKey } }: StandingAsk): boolean => {
        const counterIndex = this.#book.soldOutSince(size, { nodeKey, enclaveKey });
        if (counterIndex !== undefined) soldOut.set(id, counterIndex);
        return counterIndex !== undefined;
      },
    };
    const result = this.#book.clear(input, size);
    const ranking = result.winner === undefined ? [] : [result.winner, ...result.runnersUp];
    this.#running.add(requestId);
    this.#sell(this.#silent.last(ranking, nowMs), request, (seller, terms) => {
      this.#running.delete(requestId);
      if (seller === undefined || terms === undefined) {
        this.refusedRequests += 1;
        return answer(undefined);
      }
      const atMs = this.#simulation.nowMs();
      const clearing = clearingOf({
        request,
        input,
        ranking,
        full: result.full.map((id) => ({ askId: id, counterIndex: soldOut.get(id) ?? 0 })),
        seller,
        leaseId: terms.leaseId,
        treeSize: size,
      });
      this.#append({ kind: 'clearing', atMs, clearing });
      answer(this.#grant(requestId, terms));
    });
  }

  /** Down the ranking until a home's signed ACCEPT sells. */
  #sell(
    ranking: readonly ClearedAsk[],
    request: BuyerRequest,
    done: (seller?: ClearedAsk, terms?: Offer) => void,
  ): void {
    const [candidate, ...rest] = ranking;
    if (candidate === undefined) return done();
    const { nodeKey } = candidate.standing.ask;
    const nowMs = this.#simulation.nowMs();
    const terms = offerTerms(candidate, request, nowMs, answerWithinMs(OFFER_ANSWER_MS, this.#roundTripMs));
    this.#offers.wait(terms, (answer) => {
      if (answer === 'sold') return done(candidate, terms);
      if (answer === 'unanswered') this.#silent.add(nodeKey, this.#simulation.nowMs());
      this.#sell(rest, request, done);
    });
    this.#send(nodeKey, { type: 'offer', message: signMessage(offer, terms, this.#key) });
  }

  #grant(requestId: Hex, { answerByMs: _, ...terms }: Offer): Grant {
    const body: Lease = { ...terms, grantedAtMs: this.#simulation.nowMs() };
    this.#simulation.assert(!this.granted.has(requestId), 'a request is sold once', () => requestId);
    const grant = { lease: body, nodeKey: terms.nodeKey };
    this.granted.set(requestId, grant);
    this.#holds += 1;
    const held = {
      v: 1 as const,
      orderHash: terms.orderHash,
      enclaveKey: terms.enclaveKey,
      heldCumulativePicoUsd: terms.holdPicoUsd,
      holdSequence: this.#holds,
      expiresAtMs: terms.leaseExpiresAtMs,
    };
    this.#send(terms.nodeKey, {
      type: 'lease',
      lease: signMessage(lease, body, this.#key),
      hold: signMessage(hold, held, this.#key),
    });
    return grant;
  }

  /** A job ended without an answer: a loss, if its receipt has not come by the end of the grace. */
  suspect({ lease: { leaseId: id, nodeKey } }: Grant, jobId: Hex): void {
    this.#simulation.after(MISS_GRACE_MS, () => {
      if (this.storedReceipts.has(receiptHashOf(jobId, nodeKey))) return;
      // Of ACCEPT and job header, what a tally reads: their signatures are not what this world is about.
      const miss = { v: 1, accept: { body: { leaseId: id, nodeKey } }, jobHeader: { jobId } };
      this.#append({ kind: 'miss', atMs: this.#simulation.nowMs(), miss: miss as unknown as Miss });
    });
  }

  /** A table first, where one is due: it closes the period before this entry. */
  #append(entry: LogEntry): void {
    const nowMs = this.#simulation.nowMs();
    if (this.#records.isDue(nowMs))
      for (const record of this.#records.close(this.log.length, nowMs)) this.#put(record);
    this.#put(entry);
  }

  #put(entry: LogEntry): void {
    this.#records.take(this.log.length, entry);
    this.log.push(entry);
  }

  /** Into the log, in the order of the node's own numbers, with a signed promise; the same message again: the same promise. */
  #take(chain: string, id: Hex, seq: number, nodeKey: Hex, entry: (atMs: number) => LogEntry): void {
    const head = this.#heads.get(chain);
    if (head && seq <= head.seq && head.id !== id) return; // overtaken on the way
    const atMs = head?.id === id ? head.atMs : this.#simulation.nowMs();
    if (head?.id !== id) {
      this.#append(entry(atMs));
      this.#heads.set(chain, { id, seq, atMs });
    }
    const body = { v: 1 as const, messageId: id, timestampMs: atMs, inLogByMs: atMs + 2_000 };
    this.#send(nodeKey, { type: 'promise', message: signMessage(logPromise, body, this.#key) });
  }
}

function offerTerms(
  { askId: id, standing, prices, multiplierPpm, effectiveAsk }: ClearedAsk,
  { requestId, terms }: BuyerRequest,
  nowMs: number,
  waitMs: number,
): Offer {
  const { nodeKey, enclaveKey, provider, modelDigest, tier, class: jobClass } = standing.ask;
  return {
    v: 1,
    leaseId: leaseId(requestId, id),
    requestId,
    askId: id,
    orderHash: word(0x0d, 1),
    sessionKey: terms.buyer,
    nodeKey,
    enclaveKey,
    provider,
    modelDigest,
    multiplierPpm,
    effectiveAsk,
    poolId: poolId(modelDigest, tier, jobClass),
    ...prices,
    holdPicoUsd: 1_000_000n,
    leaseExpiresAtMs: leaseExpiresAtMs(nowMs, ORDER_ENDS_MS),
    answerByMs: nowMs + waitMs,
  };
}
