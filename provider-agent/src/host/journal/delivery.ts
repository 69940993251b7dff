import type { Hex } from '@hearth/attestation/receipt';
import type { FromAgent } from '@hearth/sdk/protocol';
import type { Timers } from '../ports.ts';
import type { ReceiptRecord } from './journal-record.ts';

/** Receipts under way without an answer; the rest waits its turn. */
const MAX_IN_FLIGHT = 32;
/** Well below what a gateway takes from one link per second, so that a long backlog does not end the link. */
const BURST = 20;
const BURST_INTERVAL_MS = 200;

export type DeliveryContext = {
  /** Journaled receipts that the gateway has not confirmed, oldest first. */
  readonly undelivered: ReadonlyMap<Hex, ReceiptRecord>;
  readonly timers: Timers;
  send(message: FromAgent): boolean;
};

/** Tells the gateway every receipt, in the order of the journal, until it says that it has stored it. */
export class ReceiptDelivery {
  readonly #context: DeliveryContext;
  readonly #inFlight = new Set<Hex>();
  /** Refused on this link: tried again on the next one. */
  readonly #refused = new Set<Hex>();
  #sentInBurst = 0;
  #cancelTimer: (() => void) | undefined;
  #onStored: () => void = () => {};

  constructor(context: DeliveryContext) {
    this.#context = context;
  }

  /** A new link knows nothing of what the last one carried. */
  restart(): void {
    this.#inFlight.clear();
    this.#refused.clear();
    this.pump();
  }

  /** The gateway has stored it. Idempotent. */
  stored(receiptHash: Hex): void {
    this.#inFlight.delete(receiptHash);
    this.#onStored();
  }

  /** Resolves when the gateway has stored everything. */
  whenDelivered(): Promise<void> {
    return new Promise((resolve) => {
      this.#onStored = () => {
        if (this.#context.undelivered.size === 0) resolve();
      };
      this.#onStored();
    });
  }

  /** @returns whether `ref` was a receipt of ours. */
  refused(ref: Hex): boolean {
    if (!this.#inFlight.delete(ref)) return false;
    this.#refused.add(ref);
    this.pump();
    return true;
  }

  /** Sends what may be sent now; to be called whenever something was journaled or answered. */
  pump(): void {
    for (const [hash, { receipt, cap, leaf }] of this.#context.undelivered) {
      if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
      if (!leaf || this.#inFlight.has(hash) || this.#refused.has(hash)) continue;
      if (this.#sentInBurst >= BURST) return this.#pause();
      if (!this.#context.send({ type: 'receipt', receipt, cap, leaf })) return;
      this.#inFlight.add(hash);
      this.#sentInBurst += 1;
      this.#pause();
    }
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #pause(): void {
    this.#cancelTimer ??= this.#context.timers.after(BURST_INTERVAL_MS, () => {
      this.#cancelTimer = undefined;
      this.#sentInBurst = 0;
      this.pump();
    });
  }
}
