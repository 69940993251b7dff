import { HearthError } from '@hearth/sdk/protocol';
import { ConcurrencyLimits, RateLimits } from '../platform/rate-limits.ts';

export interface JobMaxima {
  readonly total: number;
  readonly perKey: number;
  readonly perOrder: number;
  readonly perSecondPerKey: number;
}

/** How many jobs run at once on this gateway, in all, per API key and per order, and how fast a key may start them. */
export class JobLimits {
  private readonly perKey: ConcurrencyLimits;
  private readonly perOrder: ConcurrencyLimits;
  private readonly rate: RateLimits;
  private total = 0;

  constructor(private readonly max: JobMaxima) {
    this.perKey = new ConcurrencyLimits('jobs of an API key', max.perKey);
    this.perOrder = new ConcurrencyLimits('jobs of an order', max.perOrder);
    const { perSecondPerKey } = max;
    this.rate = new RateLimits('new jobs', { burst: 2 * perSecondPerKey, perSecond: perSecondPerKey });
  }

  get running(): number {
    return this.total;
  }

  /** Takes a place; the returned function gives it back, once. @throws HearthError `unavailable`, `rate_limited` */
  enter(keyId: string, orderHash: string, nowMs: number): () => void {
    if (this.total >= this.max.total)
      throw new HearthError('unavailable', `the gateway runs its limit of ${this.max.total} jobs`);
    this.rate.take(keyId, nowMs);
    const leaveKey = this.perKey.enter(keyId);
    const leaveOrder = this.enterOrder(orderHash, leaveKey);
    this.total += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.total -= 1;
      leaveKey();
      leaveOrder();
    };
  }

  private enterOrder(orderHash: string, leaveKey: () => void): () => void {
    try {
      return this.perOrder.enter(orderHash);
    } catch (error) {
      leaveKey();
      throw error;
    }
  }
}
