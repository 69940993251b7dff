import type { Hex } from '@hearth/attestation/receipt';
import {
  type Accept,
  abort,
  accept,
  type Ed25519Key,
  type FromAgent,
  type Offer,
  type PauseReason,
  reject,
  type Signed,
  signMessage,
  slotCounter,
} from '@hearth/sdk/protocol';
import type { Clock, Timers } from '../ports.ts';
import { type OfferFacts, type RejectReason, refuseOffer } from './check-offer.ts';
import type { LeaseBook } from './lease-book.ts';
import type { BeginJob, SlotLedger } from './slot-ledger.ts';

export interface OrderChecker {
  /** Whether the order is open at the safe block with this session key; false also when nobody can tell in time. */
  isOpen(orderHash: Hex, sessionKey: Hex, answerByMs: number): Promise<boolean>;
}

export type SlotDeskContext = {
  readonly nodeKey: Ed25519Key;
  readonly ledger: SlotLedger;
  readonly leases: LeaseBook;
  readonly orders: OrderChecker;
  readonly sequence: { take(): number };
  readonly clock: Clock;
  readonly timers: Timers;
  /** The facts of this moment. */
  facts(offer: Offer): OfferFacts;
  /** Sends if there is a link; false otherwise. */
  send(message: FromAgent): boolean;
  onSold(offer: Offer): void;
  onRefused(offer: Offer, reason: RejectReason): void;
};

/**
 * Sells slots: the one place where capacity is promised. Between the last check and the sale nothing is awaited, so
 * two OFFERs can never take one slot.
 */
export class SlotDesk {
  readonly #context: SlotDeskContext;
  #enclaveKey: Hex | undefined;
  #pause: PauseReason | null = null;
  #publishedUsed: number | undefined;
  #cancelTimer: () => void = () => {};
  readonly #unsentAborts: FromAgent[] = [];
  #onRetired: () => void = () => {};

  constructor(context: SlotDeskContext) {
    this.#context = context;
  }

  /** Slots are offered for this enclave from now on; undefined: for none. */
  serve(enclaveKey: Hex | undefined): void {
    if (this.#enclaveKey && this.#enclaveKey !== enclaveKey) this.#publish(0);
    this.#enclaveKey = enclaveKey;
    this.#publishedUsed = undefined;
    this.#changed();
  }

  /** Declared to everybody and signed: no slot is for sale until null, and that is no fault. What was sold goes on. */
  pause(reason: PauseReason | null): void {
    if (this.#pause === reason) return;
    this.#pause = reason;
    this.#publishedUsed = undefined;
    this.#changed();
  }

  /** Sells nothing more and gives each lease back, declared, once its jobs are done. Resolves when none is left. */
  retire(): Promise<void> {
    const { ledger } = this.#context;
    ledger.retire();
    return new Promise((resolve) => {
      this.#onRetired = () => {
        if (ledger.openLeases.length === 0) resolve();
      };
      this.#changed();
    });
  }

  /** How many jobs may run at the same time from now on. */
  limit(slots: number): void {
    const { ledger } = this.#context;
    const before = ledger.slots;
    ledger.limit(slots);
    if (ledger.slots === before) return;
    this.#publishedUsed = undefined;
    this.#changed();
  }

  /** After a reconnect the gateway hears the newest counter and the aborts it may have missed. */
  resend(): void {
    for (const message of this.#unsentAborts.splice(0)) this.#context.send(message);
    this.#publishedUsed = undefined;
    this.#changed();
  }

  /** @param reply to the gateway that asks: several of them may sell from this one ledger */
  async answer({ body: offer }: Signed<Offer>, reply: (message: FromAgent) => void): Promise<void> {
    const { leases, orders, ledger } = this.#context;
    const known = leases.acceptOf(offer.leaseId);
    // Asked twice, also by two gateways: answered twice, sold once.
    if (known && ledger.has(offer.leaseId)) return reply({ type: 'accept', message: known });
    const early = refuseOffer(offer, this.#context.facts(offer));
    const isOpen =
      early === undefined && (await orders.isOpen(offer.orderHash, offer.sessionKey, offer.answerByMs));
    const refusal =
      early ??
      (isOpen ? refuseOffer(offer, this.#context.facts(offer)) : ('order_not_open' as const)) ??
      this.#sell(offer, reply);
    if (refusal) this.#refuse(offer, refusal, reply);
  }

  beginJob(leaseId: Hex): BeginJob {
    const { ledger, leases, clock } = this.#context;
    const nowMs = clock.nowMs();
    ledger.expire(nowMs);
    const model = leases.modelOf(leaseId);
    if (model && this.#servesAnother(model)) return 'full';
    const begun = ledger.beginJob(leaseId, nowMs);
    this.#changed();
    return begun;
  }

  endJob(leaseId: Hex): void {
    this.#context.ledger.endJob(leaseId, this.#context.clock.nowMs());
    this.#changed();
  }

  /** The gateway did not take our ACCEPT in time, or the buyer wants no more of the lease: no job begins on it any more. */
  release(leaseId: Hex): void {
    const { ledger, leases, clock } = this.#context;
    ledger.release(leaseId, clock.nowMs());
    leases.over(leaseId);
    this.#changed();
  }

  /** Voids everything sold and says so, to the gateway and, if it is not there, as soon as it is. */
  abortAll(reason: 'enclave_lost' | 'draining'): void {
    this.abort(this.#context.ledger.clear(), reason);
    this.#changed();
  }

  abort(leaseIds: readonly Hex[], reason: 'enclave_lost' | 'draining'): void {
    const { nodeKey, clock } = this.#context;
    for (const leaseId of leaseIds) {
      this.#context.leases.over(leaseId);
      const body = { v: 1 as const, leaseId, nodeKey: nodeKey.publicKey, reason, atMs: clock.nowMs() };
      const message: FromAgent = { type: 'abort', message: signMessage(abort, body, nodeKey) };
      if (!this.#context.send(message)) this.#unsentAborts.push(message);
    }
  }

  stop(): void {
    this.#cancelTimer();
  }

  #sell(offer: Offer, reply: (message: FromAgent) => void): 'slots_full' | 'model_not_loaded' | undefined {
    const { ledger, clock, nodeKey, leases } = this.#context;
    const nowMs = clock.nowMs();
    ledger.expire(nowMs);
    if (this.#servesAnother(offer.modelDigest)) return 'model_not_loaded';
    if (!ledger.sell(offer.leaseId, offer.leaseExpiresAtMs, nowMs)) return 'slots_full';
    const slotSeq = this.#publish(ledger.slots);
    const { answerByMs: _, ...terms } = offer;
    const body: Accept = { ...terms, slotSeq, acceptedAtMs: nowMs };
    const signed = signMessage(accept, body, nodeKey);
    leases.accepted(signed);
    reply({ type: 'accept', message: signed });
    this.#context.onSold(offer);
    this.#schedule();
    return undefined;
  }

  /** One model is in memory at a time: while any slot is sold for another one, this one is not for sale. */
  #servesAnother(modelDigest: Hex): boolean {
    const { ledger, leases } = this.#context;
    return ledger.holdingLeases.some((id) => (leases.modelOf(id) ?? modelDigest) !== modelDigest);
  }

  #refuse(offer: Offer, reason: RejectReason, reply: (message: FromAgent) => void): void {
    const { nodeKey, clock } = this.#context;
    const { leaseId } = offer;
    const body = { v: 1 as const, leaseId, nodeKey: nodeKey.publicKey, reason, atMs: clock.nowMs() };
    reply({ type: 'reject', message: signMessage(reject, body, nodeKey) });
    this.#context.onRefused(offer, reason);
  }

  #changed(): void {
    const { ledger, clock } = this.#context;
    ledger.expire(clock.nowMs());
    this.abort(ledger.takeRetired(), 'draining');
    if (this.#enclaveKey && this.#publishedUsed !== ledger.used) this.#publish(ledger.slots);
    this.#schedule();
    this.#onRetired();
  }

  /** @returns the sequence of the counter; a counter that nobody hears is followed by a newer one after the reconnect. */
  #publish(slots: number): number {
    const { ledger, nodeKey, clock, sequence } = this.#context;
    const seq = sequence.take();
    if (!this.#enclaveKey) return seq;
    const used = Math.min(ledger.used, slots);
    const body = {
      v: 1 as const,
      nodeKey: nodeKey.publicKey,
      enclaveKey: this.#enclaveKey,
      slots,
      used,
      pause: this.#pause,
      seq,
      atMs: clock.nowMs(),
    };
    const isSent = this.#context.send({ type: 'slots', message: signMessage(slotCounter, body, nodeKey) });
    this.#publishedUsed = isSent ? ledger.used : undefined;
    return seq;
  }

  #schedule(): void {
    const { ledger, clock, timers } = this.#context;
    this.#cancelTimer();
    const atMs = ledger.nextChangeMs();
    this.#cancelTimer =
      atMs === undefined ? () => {} : timers.after(Math.max(0, atMs - clock.nowMs()), () => this.#changed());
  }
}
