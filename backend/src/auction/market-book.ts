import { AskBook } from '@hearth/sdk/market';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.ts';
import { SingleFlight } from '../platform/single-flight.ts';
import { AskLog } from '../providers/ask-log.ts';

/** Rows per read while the book is rebuilt: bounds memory, and each read is one index range. */
const pageSize = 10_000;
/** A request may cite a checkpoint up to 3 s old; the book keeps what it needs for twice that. */
const historyMs = 6_000;
const endedAskGraceMs = 60_000;

/** The order book of this process: always a fold of the ask log, empty at boot and caught up before every use. */
@Injectable()
export class MarketBook {
  private readonly book = new AskBook();
  private foldedSize = 0;
  private readonly recentSizes: { atMs: number; size: number }[] = [];
  private wantedSize = 0;
  private droppedAtMs = 0;
  private readonly catchUp = new SingleFlight(() => this.foldUpTo(this.wantedSize));

  constructor(
    private readonly dataSource: DataSource,
    private readonly askLog: AskLog,
    private readonly clock: Clock,
  ) {}

  /** The book with at least the first `treeSize` entries of the log in it; it can be asked for any recent tree size. */
  async upTo(treeSize: number): Promise<AskBook> {
    this.wantedSize = Math.max(this.wantedSize, treeSize);
    if (this.foldedSize < treeSize) await this.catchUp.run();
    return this.book;
  }

  private async foldUpTo(size: number): Promise<void> {
    const nowMs = this.clock.nowMs();
    // At boot: what the process before this one signed in its last seconds may still be cited.
    if (this.recentSizes.length === 0) this.recentSizes.push({ atMs: 0, size: Math.max(0, size - pageSize) });
    this.dropEnded(nowMs);
    while (this.foldedSize < size) {
      const to = Math.min(size, this.foldedSize + pageSize);
      await this.foldRange(this.foldedSize, to);
      this.foldedSize = to;
      this.book.forgetBelow(this.horizon(nowMs));
    }
    this.recentSizes.push({ atMs: nowMs, size });
  }

  private async foldRange(from: number, to: number): Promise<void> {
    for (const offer of await this.askLog.range(this.dataSource.manager, from, to)) {
      const { logIndex, messageId: askId, atMs: timestampMs } = offer;
      if (offer.kind === 'slot-counter') this.book.putCounter(logIndex, offer.message.body);
      else {
        const { platformId, message } = offer;
        this.book.putAsk(logIndex, { askId, ask: message.body, platformId, timestampMs });
      }
    }
  }

  /** Looks at every ask, so not at every request. */
  private dropEnded(nowMs: number): void {
    if (nowMs < this.droppedAtMs + endedAskGraceMs) return;
    this.droppedAtMs = nowMs;
    this.book.dropEndedBefore(nowMs - endedAskGraceMs);
  }

  /** The smallest tree size that a request may still cite. */
  private horizon(nowMs: number): number {
    while (this.recentSizes.length > 1 && (this.recentSizes[1]?.atMs ?? nowMs) < nowMs - historyMs)
      this.recentSizes.shift();
    return this.recentSizes[0]?.size ?? 0;
  }
}
