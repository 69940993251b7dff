import { join } from 'node:path';
import type { JobResult } from '../client/run-job.ts';
import type { Session } from '../client/session.ts';
import { Activity } from './activity.ts';
import { type ApiContext, type ApiSettings, defaultSettings } from './api.ts';
import { DailyBudget } from './daily-budget.ts';
import { JobLimit } from './job-limit.ts';
import { answerBody } from './job-route.ts';
import { KeptAnswers } from './kept-answers.ts';
import { OrderPool } from './order-pool.ts';
import { ReceiptShelf } from './receipt-shelf.ts';
import { hasStores, openStores, type Stores } from './stores.ts';

/** The OpenAI surface over a buyer's orders, to be reached through a socket or through `fetch`. */
export type ApiServer = ApiContext & {
  readonly limit: JobLimit;
  readonly activity: Activity;
  /** Hears what is not one of the expected, coded failures. */
  readonly onFault: ((error: unknown) => void) | undefined;
  /**
   * Breaks off calls under an idempotency key. Batches begin no more lines; those under way are waited for until `patience`
   * ends, then broken off, and go on when a server is opened again.
   */
  close(patience?: Promise<unknown>): Promise<void>;
};

export type ApiOptions = {
  /** The order that pays. */
  readonly session: Session;
  /** Orders that pay when it cannot any more, first one first; of the same buyer. */
  readonly spares?: readonly Session[];
  readonly settings?: Partial<ApiSettings>;
  readonly onFault?: (error: unknown) => void;
};

/** Unfinished batches of an earlier process run on at once. @throws HearthError `order_locked` when another has them */
export function openApi({ session, spares = [], settings, onFault }: ApiOptions): ApiServer {
  const full = { ...defaultSettings, ...settings };
  const { client } = session;
  const spending = join(client.stateDir, 'spending.json');
  const budget = new DailyBudget(spending, full.maxMicroUsdPerDay, client.now);
  const orders = new OrderPool([session, ...spares], budget);
  const receipts = new ReceiptShelf();
  const kept = new KeptAnswers(client.now);
  let stores: Stores | undefined;
  const open = () => {
    stores ??= openStores(
      client,
      (request, { signal, memory, note }) => {
        const noted = {
          note: (result: JobResult) => {
            receipts.note(result);
            note(result);
          },
        };
        return answerBody({ orders, settings: full, receipts: noted, memory }, request, signal);
      },
      client.now,
    );
    return stores;
  };
  if (hasStores(client.stateDir)) open();
  return {
    orders,
    settings: full,
    receipts,
    kept,
    activity: new Activity(),
    limit: new JobLimit(full.maxJobs),
    onFault,
    stores: open,
    close: async (patience) => {
      await Promise.all([kept.close(), stores?.close(patience)]);
    },
  };
}
