/** A rate limit: refills evenly, holds at most `burst`. */
export class TokenBucket {
  private tokens: number;
  private refilledAtMs: number;

  constructor(
    private readonly limit: { readonly burst: number; readonly perSecond: number },
    nowMs: number,
  ) {
    this.tokens = limit.burst;
    this.refilledAtMs = nowMs;
  }

  /** Whether one more is within the limit; takes it if so. */
  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.refilledAtMs);
    this.tokens = Math.min(this.limit.burst, this.tokens + (elapsedMs / 1000) * this.limit.perSecond);
    this.refilledAtMs = Math.max(this.refilledAtMs, nowMs);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** After a refusal: how long until there is one more. */
  waitMs(): number {
    return Math.ceil(((1 - this.tokens) / this.limit.perSecond) * 1000);
  }
}
