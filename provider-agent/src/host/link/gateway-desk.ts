import type { Hex } from '@hearth/attestation/receipt';
import type { Eip712Domain } from '@hearth/contracts';
import type { AskDesk } from '../asks/ask-desk.ts';
import type { Report } from '../host-events.ts';
import type { ReceiptDelivery } from '../journal/delivery.ts';
import type { Journal } from '../journal/journal.ts';
import type { LineFile } from '../line-file.ts';
import type { MarketClock } from '../market-clock.ts';
import type { Clock } from '../ports.ts';
import type { LeaseBook } from '../slots/lease-book.ts';
import type { SlotDesk } from '../slots/slot-desk.ts';
import { takeBack } from '../slots/take-back.ts';
import type { StandingDesk } from '../standing/standing-desk.ts';
import type { GatewayMessage, LinkLoss, Welcome } from './gateway-link.ts';
import type { GatewayLinks } from './gateway-links.ts';

export type GatewayDeskParts = {
  /** Of the settlement contract. */
  readonly domain: Eip712Domain;
  readonly journal: Journal;
  readonly promises: Pick<LineFile, 'keep'>;
  readonly standing: StandingDesk;
  readonly leases: LeaseBook;
  readonly slots: SlotDesk;
  readonly asks: AskDesk;
  readonly delivery: ReceiptDelivery;
  readonly clock: Clock;
  readonly marketClock: MarketClock;
  readonly report: Report;
  readonly links: () => Pick<GatewayLinks, 'isLinked' | 'sendTo'>;
  /** Nobody hears the jobs of this link any more. */
  abandonJobs(url: string): void;
  inBackground(task: Promise<unknown>): void;
};

/** Takes what the replicas say to the part that it concerns, and knows since when none of them is there. */
export class GatewayDesk {
  readonly #parts: GatewayDeskParts;
  #unlinkedSinceMs: number | undefined;

  constructor(parts: GatewayDeskParts) {
    this.#parts = parts;
    this.#unlinkedSinceMs = parts.clock.nowMs();
  }

  /** Undefined while one is linked. */
  get unlinkedSinceMs(): number | undefined {
    return this.#unlinkedSinceMs;
  }

  linked(url: string, { logKey, priceCards }: Welcome): void {
    const { marketClock, asks, delivery, report } = this.#parts;
    this.#unlinkedSinceMs = undefined;
    report('linked', `linked to ${url}`, { url, logKey, clockOffsetMs: marketClock.offsetMs });
    asks.linked(priceCards);
    delivery.restart();
  }

  unlinked(url: string, { reason, retryInMs, wasLinked }: LinkLoss): void {
    const { asks, delivery, clock, report, links, abandonJobs } = this.#parts;
    abandonJobs(url);
    report('link-lost', `${url}: ${reason}; next attempt in ${retryInMs} ms`, {
      url,
      retryInMs,
      cause: reason,
    });
    if (!links().isLinked) {
      this.#unlinkedSinceMs ??= clock.nowMs();
      asks.unlinked();
    } else if (wasLinked) {
      // Another replica goes on: it is told what may have been lost on the way to this one.
      asks.announce();
      delivery.restart();
    }
  }

  /** @throws HearthError `peer_protocol_violation`, `invalid_signature`; the link ends then */
  receive(url: string, message: GatewayMessage): void {
    const { promises, standing, leases, slots, asks, journal, links, inBackground } = this.#parts;
    switch (message.type) {
      case 'promise':
        inBackground(promises.keep(message.message));
        return inBackground(asks.promised(message.message.body.messageId));
      case 'standing':
        return standing.heard(message.message);
      case 'offer':
        return inBackground(slots.answer(message.message, (answer) => links().sendTo(url, answer)));
      case 'lease': {
        leases.assertAccepted(message.lease.body);
        const { lease, hold } = message;
        if (leases.find(lease.body.leaseId)) return; // told again, perhaps by another replica
        const durable = journal.append({ kind: 'lease', lease, hold });
        inBackground(durable);
        return leases.granted(lease, hold, durable);
      }
      case 'release':
        return takeBack(this.#parts, message.message);
      case 'receipt-stored':
        return inBackground(this.#receiptStored(message.receiptHash));
      case 'refused':
        return inBackground(this.#refused(message));
    }
  }

  async #receiptStored(receiptHash: Hex): Promise<void> {
    const { journal, delivery, report } = this.#parts;
    if (journal.state.undelivered.has(receiptHash)) {
      await journal.append({ kind: 'delivered', receiptHash });
      report('receipt-stored', `the gateway has receipt ${receiptHash}`, { receiptHash });
    }
    delivery.stored(receiptHash);
    delivery.pump();
  }

  async #refused({ ref, code, message }: Extract<GatewayMessage, { type: 'refused' }>): Promise<void> {
    const { delivery, leases, slots, asks, report } = this.#parts;
    if (ref && delivery.refused(ref))
      return report('receipt-refused', `the gateway refused receipt ${ref}: ${message}`, {
        ref,
        code,
        cause: message,
      });
    if (ref && leases.acceptOf(ref)) {
      // A second ACCEPT of a granted lease is refused too: its slot is sold and stays so.
      if (!leases.find(ref)) slots.release(ref);
      return report('lease-refused', `the gateway did not take our ACCEPT: ${message}`, { ref, code });
    }
    if (await asks.refused(ref, code, message)) return;
    report('warning', `the gateway refused a message: ${message}`, { ref, code });
  }
}
