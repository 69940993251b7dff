import { CollateralFetchError } from '../errors.ts';
import { type Clock, delay, type Timers } from '../ports.ts';

export type Rate = {
  /** Milliseconds between two requests, once the burst is spent. */
  readonly intervalMs: number;
  /** Requests that may go out at once after a pause. */
  readonly burst: number;
};

type Lane = { nextMs: number; closedUntilMs: number };

/**
 * Spaces requests to one host and keeps away from a host that asked for it. One lane per origin; there are only as
 * many as configured endpoints. Kept as the moment at which the bucket is full again, so nothing ticks.
 */
export class RateLimiter {
  readonly #lanes = new Map<string, Lane>();
  readonly #clock: Clock;
  readonly #timers: Timers;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Waits for the next free moment; refuses at once if that is after `deadlineMs`, and takes no place then. */
  async acquire(
    origin: string,
    rate: Rate,
    deadlineMs: number,
    signal: AbortSignal,
    thing: string,
  ): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const lane = this.#lane(origin);
    const startMs = Math.max(nowMs, lane.nextMs - rate.intervalMs * (rate.burst - 1), lane.closedUntilMs);
    if (startMs > deadlineMs) {
      const retryAfterMs = startMs - nowMs;
      throw new CollateralFetchError('rate-limited', thing, {
        expected: `a free moment at ${origin}`,
        actual: `none for ${retryAfterMs} ms`,
        retryAfterMs,
      });
    }
    lane.nextMs = Math.max(lane.nextMs, startMs) + rate.intervalMs;
    if (startMs > nowMs) await delay(this.#timers, startMs - nowMs, signal);
  }

  /** The host said when to come back. */
  close(origin: string, forMs: number): void {
    const lane = this.#lane(origin);
    lane.closedUntilMs = Math.max(lane.closedUntilMs, this.#clock.nowMs() + forMs);
  }

  #lane(origin: string): Lane {
    const lane = this.#lanes.get(origin) ?? { nextMs: 0, closedUntilMs: 0 };
    this.#lanes.set(origin, lane);
    return lane;
  }
}
