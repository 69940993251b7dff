import { setTimeout as delay } from 'node:timers/promises';
import { type Client, chat, closeSession, ensureApiKey, openOrder, type Session } from '@hearth/sdk';
import { HearthError } from '@hearth/sdk/protocol';
import type { Market } from '../../market/market.ts';
import { SimRandom } from '../../sim/engine/random.ts';

export interface BuyerCounts {
  done: number;
  /** By code of the error that the buyer's program saw. */
  readonly failed: Record<string, number>;
}

const ORDER_MICRO_USD = 40_000_000n;
const MAX_THINK_MS = 500;
const MAX_TOKENS = 16;

/** Buyers that ask one thing after the other until they are told to stop, each with an order and a list of the gateways of its own. */
export class Buyers {
  readonly counts: BuyerCounts = { done: 0, failed: {} };
  readonly #sessions: Session[];
  readonly #model: string;
  readonly #seed: number;
  readonly #stop = new AbortController();

  private constructor(sessions: Session[], model: string, seed: number) {
    this.#sessions = sessions;
    this.#model = model;
    this.#seed = seed;
  }

  static async open(
    market: Market,
    options: { readonly buyers: number; readonly model: string; readonly seed: number; readonly dir: string },
  ): Promise<Buyers> {
    const urls = market.gateways.map(({ url }) => url);
    const clients: Client[] = [];
    for (let index = 0; index < options.buyers; index += 1) {
      const at = index % urls.length;
      const gatewayUrl = [...urls.slice(at), ...urls.slice(0, at)] as [string, ...string[]];
      clients.push(market.buyer({ gatewayUrl, stateDir: `${options.dir}/buyer-${index}` }));
    }
    const [first] = clients as [Client, ...Client[]];
    await first.chain.deposit(ORDER_MICRO_USD * BigInt(clients.length));
    const sessions: Session[] = [];
    for (const client of clients) {
      await ensureApiKey(client);
      sessions.push((await openOrder(client, { maxSpendMicroUsd: ORDER_MICRO_USD })).session);
    }
    return new Buyers(sessions, options.model, options.seed);
  }

  /** Resolves when all have stopped. */
  async run(): Promise<void> {
    await Promise.all(
      this.#sessions.map((session, index) => this.#buy(session, new SimRandom(this.#seed, index + 1))),
    );
    for (const session of this.#sessions) closeSession(session);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #buy(session: Session, random: SimRandom): Promise<void> {
    for (let job = 1; !this.#stop.signal.aborted; job += 1) {
      const request = {
        model: this.#model,
        messages: [{ role: 'user', content: `Question ${random.uint32()}?` }],
        max_tokens: MAX_TOKENS,
        temperature: 0,
        seed: job,
      };
      await chat(session, request, { onText: () => {} }).then(
        () => {
          this.counts.done += 1;
        },
        (error: unknown) => this.#count(error),
      );
      // A lease serves many jobs; here most of them go to the auction, which is what is tortured.
      if (!random.oneIn(4)) session.leases.clear();
      await delay(random.between(0, MAX_THINK_MS));
    }
  }

  #count(error: unknown): void {
    if (!(error instanceof HearthError)) throw error;
    this.counts.failed[error.code] = (this.counts.failed[error.code] ?? 0) + 1;
  }
}
