import { jobBounds, jobCapPicoUsd } from '../client/job-bounds.ts';
import type { JobRequest } from '../client/job-request.ts';
import type { Session } from '../client/session.ts';
import { type ErrorCode, HearthError } from '../protocol/index.ts';
import type { DailyBudget } from './daily-budget.ts';

/** What is over with an order, and not with the request: the next order may pay for it. */
const orderFaults: ReadonlySet<ErrorCode> = new Set(['insufficient_funds', 'order_not_open']);

/** The orders that pay, spent one after the other, within what may be spent a day. */
export class OrderPool {
  readonly sessions: readonly [Session, ...Session[]];
  readonly budget: DailyBudget;

  constructor(sessions: readonly [Session, ...Session[]], budget: DailyBudget) {
    this.sessions = sessions;
    this.budget = budget;
  }

  /**
   * Runs `job` on the first order that has the money.
   * @throws HearthError `insufficient_funds` when none has, or the day's budget does not allow it
   */
  async pay<T>(request: JobRequest, job: (session: Session) => Promise<T>): Promise<T> {
    this.budget.assertRoom(this.sessions, this.#worstCase(request));
    let last: unknown;
    for (const session of this.sessions) {
      try {
        return await job(session);
      } catch (error) {
        if (!(error instanceof HearthError) || !orderFaults.has(error.code)) throw error;
        last = error;
      }
    }
    throw last;
  }

  #worstCase(request: JobRequest): bigint {
    const bounds = jobBounds(request);
    const caps = this.sessions.map(({ file }) => {
      const { maxPriceInput, maxPriceOutput } = file.record.order;
      return jobCapPicoUsd(bounds, { priceInput: maxPriceInput, priceOutput: maxPriceOutput });
    });
    return caps.reduce((a, b) => (a > b ? a : b));
  }
}
