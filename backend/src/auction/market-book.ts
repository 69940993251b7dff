import type { Hex } from '@hearth/attestation/receipt';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.ts';
import { SingleFlight } from '../platform/single-flight.ts';
import { AskLog } from '../providers/ask-log.ts';
import { type CitedAsk, StandingBook } from './standing-book.ts';

/** Rows per read while the book is rebuilt: bounds memory, and each read is one index range. */
const pageSize = 10_000;
/** A request may cite a checkpoint up to 3 s old; the book keeps what it needs for twice that. */
const historyMs = 6_000;
const endedAskGraceMs = 60_000;

/** The order book of this process: always a fold of the ask log, empty at boot and caught up before every use. */
@Injectable()
export class MarketBook {
  private readonly book = new StandingBook();
  private readonly recentSizes: { atMs: number; size: number }[] = [];
  private wantedSize = 0;
  private readonly catchUp = new SingleFlight(() => this.foldUpTo(this.wantedSize));

  constructor(
    private readonly dataSource: DataSource,
    private readonly askLog: AskLog,
    private readonly clock: Clock,
  ) {}

  /** The standing asks for a model exactly as the first `treeSize` entries of the log have them. */
  async asksFor(modelDigest: Hex, treeSize: number): Promise<CitedAsk[]> {
    this.wantedSize = Math.max(this.wantedSize, treeSize);
    if (this.book.foldedSize < treeSize) await this.catchUp.run();
    return this.book.asksFor(modelDigest, treeSize);
  }

  private async foldUpTo(size: number): Promise<void> {
    const nowMs = this.clock.nowMs();
    // At boot: what the process before this one signed in its last seconds may still be cited.
    if (this.recentSizes.length === 0) this.recentSizes.push({ atMs: 0, size: Math.max(0, size - pageSize) });
    this.book.dropEndedBefore(nowMs - endedAskGraceMs);
    while (this.book.foldedSize < size) {
      const from = this.book.foldedSize;
      const to = Math.min(size, from + pageSize);
      const offers = await this.askLog.range(this.dataSource.manager, from, to);
      this.book.fold(offers, to, this.horizon(nowMs));
    }
    this.recentSizes.push({ atMs: nowMs, size });
  }

  /** The smallest tree size that a request may still cite. */
  private horizon(nowMs: number): number {
    while (this.recentSizes.length > 1 && (this.recentSizes[1]?.atMs ?? nowMs) < nowMs - historyMs)
      this.recentSizes.shift();
    return this.recentSizes[0]?.size ?? 0;
  }
}
