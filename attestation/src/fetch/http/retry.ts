import { CollateralFetchError } from '../errors.ts';
import { delay, type Ports } from '../ports.ts';

export type RetryLimits = {
  /** Tries altogether. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** From the first try to the last byte of the last one. */
  readonly deadlineMs: number;
};

/**
 * Tries again what may pass, with full jitter, so that many clients that failed together do not come back together.
 * A wait that would end after the deadline is not begun: the caller gets the error, and with it the time to come back.
 */
export async function withRetries<T>(
  limits: RetryLimits,
  ports: Ports,
  signal: AbortSignal,
  attempt: (deadlineMs: number) => Promise<T>,
): Promise<T> {
  const deadlineMs = ports.clock.nowMs() + limits.deadlineMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(deadlineMs);
    } catch (error) {
      if (!(error instanceof CollateralFetchError) || !error.retryable || tries >= limits.attempts)
        throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(limits, tries, ports.random.fraction()));
      if (ports.clock.nowMs() + waitMs > deadlineMs) throw error;
      await delay(ports.timers, waitMs, signal);
    }
  }
}

/** Uniform below the exponential bound. */
export function backoffMs(limits: RetryLimits, tries: number, fraction: number): number {
  return Math.floor(fraction * Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** (tries - 1)));
}
