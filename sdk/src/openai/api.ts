import type { KeptAnswers } from './kept-answers.ts';
import type { OrderPool } from './order-pool.ts';
import type { ReceiptShelf } from './receipt-shelf.ts';
import type { Stores } from './stores.ts';

/** One request of an OpenAI client, whichever way it came: over the sidecar's socket, or through `fetch`. */
export type ApiRequest = {
  readonly method: string;
  /** Without query: `/v1/chat/completions`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Fires when the client has gone away. */
  readonly signal: AbortSignal;
  /** @throws HearthError `too_large` */
  readBody(limitBytes: number): Promise<Uint8Array>;
};

export type ApiAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream that throws must reach the client as a broken one: most clients take a clean end for a whole answer. */
  readonly body: Uint8Array | AsyncIterable<string>;
};

/** What every route works with. */
export type ApiContext = {
  readonly orders: OrderPool;
  readonly settings: ApiSettings;
  readonly receipts: ReceiptShelf;
  readonly kept: KeptAnswers;
  /** Files and batches, opened when first asked for. @throws HearthError `order_locked` */
  stores(): Stores;
};

export type ApiSettings = {
  /** Names that clients ask for, and the model on offer that answers; `*` stands for every name not on offer. */
  readonly models: Readonly<Record<string, string>>;
  /**
   * What to do with a parameter, or a part of a message's content, that the enclave refuses by name. `drop` leaves it out,
   * asks again and names it in `x-hearth-dropped`: for programs that send everything they know.
   */
  readonly unsupported: 'refuse' | 'drop';
  /** Jobs at once; more get 429. */
  readonly maxJobs: number;
  /** Answer for ids that are not kept here with examples, and have tools called, as a mock server does: for conformance suites only. */
  readonly rehearsal: boolean;
  /** Beyond this jobs get 402 until midnight, UTC; undefined: the orders themselves are the limit. */
  readonly maxMicroUsdPerDay: bigint | undefined;
};

export const defaultSettings: ApiSettings = {
  models: {},
  unsupported: 'refuse',
  rehearsal: false,
  maxJobs: 64,
  maxMicroUsdPerDay: undefined,
};

export function jsonAnswer(body: unknown, status = 200, headers: Record<string, string> = {}): ApiAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}
