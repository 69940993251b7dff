import { HearthError } from '@hearth/sdk/protocol';
import { TokenBucket } from './token-bucket.ts';

const maxRemembered = 10_000;
const retryWhenBusyMs = 1_000;

/** One token bucket per key of this process. The keys heard from least recently are forgotten first. */
export class RateLimits {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly what: string,
    private readonly limit: { readonly burst: number; readonly perSecond: number },
  ) {}

  /** @throws HearthError `rate_limited` with the time to wait */
  take(key: string, nowMs: number): void {
    const bucket = this.buckets.get(key) ?? new TokenBucket(this.limit, nowMs);
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    const oldest = this.buckets.size > maxRemembered ? this.buckets.keys().next().value : undefined;
    if (oldest !== undefined) this.buckets.delete(oldest);
    if (!bucket.take(nowMs))
      throw rateLimited(
        `${this.what}: at most ${this.limit.perSecond} a second, ${this.limit.burst} at once, for ${key}`,
        bucket.waitMs(),
      );
  }
}

/** How many run at once, per key of this process. */
export class ConcurrencyLimits {
  private readonly running = new Map<string, number>();

  constructor(
    private readonly what: string,
    private readonly max: number,
  ) {}

  /** Takes a place; the returned function gives it back, once. @throws HearthError `rate_limited` */
  enter(key: string): () => void {
    const count = this.running.get(key) ?? 0;
    if (count >= this.max) throw rateLimited(`${this.what}: at most ${this.max} at once for ${key}`);
    this.running.set(key, count + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const rest = (this.running.get(key) ?? 1) - 1;
      if (rest === 0) this.running.delete(key);
      else this.running.set(key, rest);
    };
  }
}

/** Which says when to come again: `retry-after` in HTTP, `retryAfterMs` in the body. */
export function rateLimited(message: string, retryAfterMs = retryWhenBusyMs): HearthError {
  return new HearthError('rate_limited', message, { details: { retryAfterMs } });
}

/** The `retry-after` of an error that may be tried again, in whole seconds. */
export function retryAfterSeconds(error: HearthError): string | undefined {
  if (error.reaction !== 'retry-later') return undefined;
  const retryAfterMs = error.details?.['retryAfterMs'];
  return String(typeof retryAfterMs === 'number' ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : 1);
}
