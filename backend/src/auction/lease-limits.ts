import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '@hearth/sdk/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.ts';
import { ConcurrencyLimits, RateLimits, rateLimited } from '../platform/rate-limits.ts';
import { LeaseBook } from './lease-book.ts';

/** A buyer who needs more slots than this at once uses the ones it has, or another order. */
const maxUnusedLeases = 16;
const perKey = { burst: 60, perSecond: 20 };
/** Each keeps up to three nodes waiting with a slot. */
const maxRunningPerKey = 32;
/** An order without money makes nodes hold slots for nothing: as much or more may be tried again after this, less at once. */
const emptyOrderPauseMs = 5_000;
const maxRemembered = 10_000;

/** Keeps one buyer from making the market work for nothing. */
@Injectable()
export class LeaseLimits {
  private readonly rate = new RateLimits('lease requests of an API key', perKey);
  private readonly running = new ConcurrencyLimits('lease requests of an API key', maxRunningPerKey);
  private readonly failedHolds = new Map<Hex, { readonly wantedPicoUsd: bigint; readonly untilMs: number }>();

  constructor(
    private readonly leases: LeaseBook,
    private readonly clock: Clock,
  ) {}

  /** Takes a place for one request; the returned function gives it back. @throws HearthError `rate_limited`, `insufficient_funds` */
  enter(keyId: string, orderHash: Hex, wantedPicoUsd: bigint): () => void {
    const nowMs = this.clock.nowMs();
    this.rate.take(keyId, nowMs);
    this.assertOrderMayAsk(orderHash, wantedPicoUsd, nowMs);
    return this.running.enter(keyId);
  }

  private assertOrderMayAsk(orderHash: Hex, wantedPicoUsd: bigint, nowMs: number): void {
    const unused = this.leases.unusedOf(orderHash);
    if (unused >= maxUnusedLeases)
      throw rateLimited(
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
}
