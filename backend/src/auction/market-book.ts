import type { Hex } from '@hearth/attestation/receipt';
import { AskBook, foldFacts, type MarketFacts, noFacts } from '@hearth/sdk/market';
import { askId } from '@hearth/sdk/protocol';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LogEntries, type PlacedEntry } from '../log/log-entries.ts';
import { LogNews } from '../log/log-news.ts';
import { TransparencyLog } from '../log/transparency-log.ts';
import { Clock } from '../platform/clock.ts';
import { SingleFlight } from '../platform/single-flight.ts';

/** Rows per read while the book is rebuilt: bounds memory, and each read is one index range. */
const pageSize = 10_000;
/** A request may cite a checkpoint up to 3 s old; the book keeps what it needs for twice that. */
const historyMs = 6_000;
/** A minute of the log has fewer leaves: windows before the last so many price nothing any more. */
const windowedLeaves = 200_000;

/** What the book is made of. */
const booked = ['ask', 'slot-counter', 'quality', 'ejection'] as const;

/** What the market's records said from some tree size on. */
interface FactsFrom {
  readonly size: number;
  readonly facts: MarketFacts;
}

/** Book and records of this process: a fold of the log, empty at boot, that follows what any replica appends and is caught up before every use. */
@Injectable()
export class MarketBook implements OnModuleInit {
  private readonly book = new AskBook({ isProvable: true });
  private foldedSize = 0;
  /** Oldest first; the first one stands for all tree sizes that may still be cited before the second. */
  private records: FactsFrom[] = [{ size: 0, facts: noFacts }];
  private readonly recentSizes: { atMs: number; size: number }[] = [];
  private wantedSize = 0;
  private readonly catchUp = new SingleFlight(() => this.foldUpTo(this.wantedSize));

  constructor(
    private readonly dataSource: DataSource,
    private readonly logEntries: LogEntries,
    private readonly log: TransparencyLog,
    private readonly news: LogNews,
    private readonly clock: Clock,
  ) {}

  /** So that a clearing finds nothing left to read, as a rule. */
  onModuleInit(): void {
    this.news.follow((size) => this.upTo(size));
  }

  /** The book with at least the first `treeSize` entries of the log in it; it can be asked for any recent tree size. */
  async upTo(treeSize: number): Promise<AskBook> {
    this.wantedSize = Math.max(this.wantedSize, treeSize);
    if (this.foldedSize < treeSize) await this.catchUp.run();
    return this.book;
  }

  /** The book with everything in it that is committed, at least the first `treeSize` entries. */
  async newest(treeSize: number): Promise<AskBook> {
    return this.upTo(Math.max(treeSize, await this.log.size(this.dataSource.manager)));
  }

  /** The book's number for an enclave (`AskBook.enclaveNumber`). */
  enclaveNumber(enclaveKey: Hex): number {
    return this.book.enclaveNumber(enclaveKey);
  }

  /** The market's records under the first `treeSize` entries, once `upTo` has reached them. */
  factsAt(treeSize: number): MarketFacts {
    return this.records.findLast(({ size }) => size <= treeSize)?.facts ?? noFacts;
  }

  private async foldUpTo(size: number): Promise<void> {
    const nowMs = this.clock.nowMs();
    // At boot: what the process before this one signed in its last seconds may still be cited.
    if (this.recentSizes.length === 0) this.recentSizes.push({ atMs: 0, size: Math.max(0, size - pageSize) });
    while (this.foldedSize < size) {
      const to = Math.min(size, this.foldedSize + pageSize);
      await this.foldRange({ from: this.foldedSize, to }, size);
      this.foldedSize = to;
      this.forgetBelow(this.horizon(nowMs));
    }
    this.recentSizes.push({ atMs: nowMs, size });
  }

  private async foldRange(range: { from: number; to: number }, size: number): Promise<void> {
    const hasWindows = range.to > size - windowedLeaves;
    const kinds = hasWindows ? ([...booked, 'window'] as const) : booked;
    for (const placed of await this.logEntries.ofKinds(this.dataSource.manager, kinds, range))
      this.foldEntry(placed);
  }

  private foldEntry({ index, entry }: PlacedEntry<(typeof booked)[number] | 'window'>): void {
    if (entry.kind === 'slot-counter') return this.book.putCounter(index, entry.message.body, entry.atMs);
    if (entry.kind === 'ask') {
      const { platformId, atMs: timestampMs } = entry;
      const { body: ask } = entry.message;
      return this.book.putAsk(index, { askId: askId(ask), ask, platformId, timestampMs });
    }
    this.records.push({ size: index + 1, facts: foldFacts(this.factsAt(index), entry, index) });
    if (entry.kind === 'quality') this.book.putTable(index, entry.quality);
    if (entry.kind === 'ejection') this.book.putEjection(index, entry.ejection);
  }

  private forgetBelow(horizon: number): void {
    this.book.forgetBelow(horizon);
    const standing = this.records.findLastIndex(({ size }) => size <= horizon);
    this.records = this.records.slice(Math.max(0, standing));
  }

  /** The smallest tree size that a request may still cite. */
  private horizon(nowMs: number): number {
    while (this.recentSizes.length > 1 && (this.recentSizes[1]?.atMs ?? nowMs) < nowMs - historyMs)
      this.recentSizes.shift();
    return this.recentSizes[0]?.size ?? 0;
  }
}
