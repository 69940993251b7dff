import { HearthError } from '@hearth/sdk/protocol';
import type { EntityManager } from 'typeorm';
import type { Transactions } from './transactions.ts';

/** Does all requests in the one transaction, set by set, and says for each what came of it; a `HearthError` goes to its own caller only. */
export type BatchWork<Request, Outcome> = (
  tx: EntityManager,
  requests: readonly Request[],
) => Promise<readonly (Outcome | HearthError)[]>;

interface Waiting<Request, Outcome> {
  readonly request: Request;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

const defaults = { maxBatch: 2_048, maxWaiting: 10_000 };

/**
 * Many callers, one commit: whoever comes while a batch is under way goes with the next, so that the cost of a durable
 * transaction is shared by as many as there are. An answer means committed; after an error without a code of ours
 * nobody knows, and repeating must be safe.
 */
export class GroupCommit<Request, Outcome> {
  private readonly waiting: Waiting<Request, Outcome>[] = [];
  private draining = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly work: BatchWork<Request, Outcome>,
    private readonly limits = defaults,
  ) {}

  /** @throws HearthError what `work` says about this request; `unavailable` when too many wait */
  submit(request: Request): Promise<Outcome> {
    if (this.waiting.length >= this.limits.maxWaiting)
      return Promise.reject(
        new HearthError('unavailable', `${this.limits.maxWaiting} requests wait to be stored already`),
      );
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (this.draining) return;
      this.draining = true;
      setImmediate(() => void this.drain()); // whatever this turn of the event loop still brings comes along
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, this.limits.maxBatch));
    this.draining = false;
  }

  /** A request that the database itself refuses must not fail its neighbours: the batch is halved until it stands alone. */
  private async commit(batch: readonly Waiting<Request, Outcome>[]): Promise<void> {
    try {
      const requests = batch.map(({ request }) => request);
      const outcomes = await this.transactions.run((tx) => this.work(tx, requests));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index] as Outcome | HearthError;
        if (outcome instanceof HearthError) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      if (batch.length > 1 && isAboutOneRequest(error)) {
        const half = batch.length >> 1;
        await this.commit(batch.slice(0, half));
        await this.commit(batch.slice(half));
      } else for (const { reject } of batch) reject(error);
    }
  }
}

/** Bad data, a broken constraint or a slip of ours; not a lost connection, a full disk or a lost race, which hit every request alike. */
function isAboutOneRequest(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23]...$/.test(code);
}
