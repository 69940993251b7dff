import type { Hex } from '@hearth/attestation/receipt';
import { type Clock, delay, type Timers } from '../ports.ts';
import type { OrderChecker } from '../slots/slot-desk.ts';
import type { ChainOrder, MarketChain } from './market-chain.ts';

/** An order seen open stays so for us this long; requestClose still leaves 72 h in which its receipts settle. */
const OPEN_FOR_MS = 10_000;
/** Time that the answer itself needs after the chain has spoken. */
const ANSWER_MS = 10;
const MAX_CACHED = 1024;

/** Own look at the chain before every sale: a gateway could offer an order that nobody has funded. */
export class OrderReader implements OrderChecker {
  readonly #chain: MarketChain;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #open = new Map<Hex, { readonly order: ChainOrder; readonly untilMs: number }>();

  constructor(chain: MarketChain, clock: Clock, timers: Timers) {
    this.#chain = chain;
    this.#clock = clock;
    this.#timers = timers;
  }

  async isOpen(orderHash: Hex, sessionKey: Hex, answerByMs: number): Promise<boolean> {
    const order = this.#cached(orderHash) ?? (await this.#read(orderHash, answerByMs));
    if (!order) return false;
    const nowUnixSec = BigInt(Math.floor(this.#clock.nowMs() / 1000));
    return (
      order.isOpen &&
      order.sessionKey === sessionKey &&
      order.validAfterUnixSec <= nowUnixSec &&
      order.validUntilUnixSec > nowUnixSec
    );
  }

  #cached(orderHash: Hex): ChainOrder | undefined {
    const known = this.#open.get(orderHash);
    return known && known.untilMs > this.#clock.nowMs() ? known.order : undefined;
  }

  /** Undefined when the chain does not answer in time: then nothing is sold. */
  async #read(orderHash: Hex, answerByMs: number): Promise<ChainOrder | undefined> {
    const abort = new AbortController();
    const timeout = delay(this.#timers, answerByMs - ANSWER_MS - this.#clock.nowMs(), abort.signal);
    // A read that comes too late for this OFFER still serves the next one.
    const read = this.#chain.order(orderHash).then(
      (order) => this.#remember(orderHash, order),
      () => undefined,
    );
    const order = await Promise.race([read, timeout.then(() => undefined)]);
    abort.abort();
    return order;
  }

  #remember(orderHash: Hex, order: ChainOrder): ChainOrder {
    if (order.isOpen) this.#open.set(orderHash, { order, untilMs: this.#clock.nowMs() + OPEN_FOR_MS });
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_CACHED && oldest) this.#open.delete(oldest);
    return order;
  }
}
