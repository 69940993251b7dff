import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { TokenBucket } from '../platform/token-bucket.ts';
import { LeaseBook } from './lease-book.ts';

/** A buyer who needs more slots than this at once uses the ones it has, or another order. */
const maxUnusedLeases = 16;
const perKey = { burst: 60, perSecond: 20 };
/** An order without money makes nodes hold slots for nothing: as much or more may be tried again after this, less at once. */
const emptyOrderPauseMs = 5_000;
const maxRemembered = 10_000;

/** Keeps one buyer from making the market work for nothing. */
@Injectable()
export class LeaseLimits {
  private readonly budgets = new Map<string, TokenBucket>();
  private readonly failedHolds = new Map<Hex, { readonly wantedPicoUsd: bigint; readonly untilMs: number }>();

  constructor(
    private readonly leases: LeaseBook,
    private readonly clock: Clock,
  ) {}

  /** @throws HearthError `rate_limited`, `insufficient_funds` */
  assertMayAsk(keyId: string, orderHash: Hex, wantedPicoUsd: bigint): void {
    const nowMs = this.clock.nowMs();
    if (!this.budgetOf(keyId, nowMs).take(nowMs))
      throw new HearthError(
        'rate_limited',
        `lease requests: at most ${perKey.perSecond} a second per API key`,
      );
    const unused = this.leases.unusedOf(orderHash);
    if (unused >= maxUnusedLeases)
      throw new HearthError(
        'rate_limited',
        `order ${orderHash}: expected fewer than ${maxUnusedLeases} unused leases, got ${unused}`,
      );
    const failed = this.failedHolds.get(orderHash);
    if (failed && failed.untilMs > nowMs && wantedPicoUsd >= failed.wantedPicoUsd)
      throw new HearthError(
        'insufficient_funds',
        `order ${orderHash}: a hold of ${failed.wantedPicoUsd} pUSD just failed for want of money; ask for less`,
      );
  }

  noteEmpty(orderHash: Hex, wantedPicoUsd: bigint): void {
    if (this.failedHolds.size >= maxRemembered) this.failedHolds.clear();
    this.failedHolds.set(orderHash, { wantedPicoUsd, untilMs: this.clock.nowMs() + emptyOrderPauseMs });
  }

  private budgetOf(keyId: string, nowMs: number): TokenBucket {
    if (this.budgets.size >= maxRemembered) this.budgets.clear();
    const budget = this.budgets.get(keyId) ?? new TokenBucket(perKey, nowMs);
    this.budgets.set(keyId, budget);
    return budget;
  }
}
