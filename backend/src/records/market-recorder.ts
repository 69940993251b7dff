import { closePeriod, type MarketFacts, type TimedLeaf, WINDOW_MS, windowsOf } from '@hearth/sdk/market';
import type { LogEntryJson } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MarketBook } from '../auction/market-book.ts';
import { LogEntries } from '../log/log-entries.ts';
import { TransparencyLog } from '../log/transparency-log.ts';
import { ChainIdentity } from '../platform/chain-identity.ts';
import { Clock } from '../platform/clock.ts';
import { Config } from '../platform/config.ts';
import { Loops } from '../platform/loops.ts';
import { Transactions } from '../platform/transactions.ts';
import { CountedReceipts } from './counted-receipts.ts';
import { PeriodReader } from './period-reader.ts';

const intervalMs = 1_000;
/** Without one of these a table would be empty. */
const news = ['receipt', 'reject', 'abort', 'miss'] as const;
/** Key space of our advisory locks; the second key is the chain reference. */
const recorderLock = 0x726563; // "rec"

/**
 * Writes the market's records: windows as they close, and a table with its ejections once a period. One replica at a time;
 * what is due follows from the log alone, so whoever comes next goes on where the log ends.
 */
@Injectable()
export class MarketRecorder implements OnApplicationBootstrap {
  constructor(
    private readonly transactions: Transactions,
    private readonly transparencyLog: TransparencyLog,
    private readonly logEntries: LogEntries,
    private readonly book: MarketBook,
    private readonly periods: PeriodReader,
    private readonly counted: CountedReceipts,
    private readonly chain: ChainIdentity,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ intervalMs, step: () => this.record(), failure: 'market.record-failed' });
  }

  /** Writes what is due now, if no other replica is at it. */
  async record(): Promise<void> {
    await this.transactions.run(async (tx) => {
      const rows: { got: boolean }[] = await tx.query(`SELECT pg_try_advisory_xact_lock($1, $2) AS got`, [
        recorderLock,
        this.chain.ref,
      ]);
      if (!rows[0]?.got) return;
      const table = await this.dueTable(tx);
      // Under the log's lock no receipt can slip in between the last one read and the window's own place.
      const log = await this.transparencyLog.lock(tx);
      const entries = [...(await this.dueWindows(tx)), ...table];
      if (entries.length > 0) await log.append(entries);
    });
  }

  private async dueWindows(tx: EntityManager): Promise<LogEntryJson[]> {
    const nowMs = this.clock.nowMs();
    const size = await this.transparencyLog.size(tx);
    const newest = await this.logEntries.newest(tx, 'window');
    // Windows that end together are written together; where the last receipt of them all stands, the next ones go on.
    const last = newest ? { from: newest.entry.window.fromIndex, to: size } : { from: 0, to: 0 };
    const written = await this.logEntries.ofKinds(tx, ['window'], last);
    const from = Math.max(0, ...written.map(({ entry }) => entry.window.toIndex));
    const placed = await this.logEntries.ofKinds(tx, ['receipt', 'window'], { from, to: size });
    const isCounted = await this.counted.among(tx, placed);
    const leaves = placed.map(({ index, entry }): TimedLeaf => {
      const leaf = entry.kind === 'receipt' && isCounted(index) ? entry.message.body : undefined;
      return { index, atMs: entry.atMs, leaf };
    });
    const windows = windowsOf(leaves, newest?.entry.window.toMs ?? 0, nowMs - (nowMs % WINDOW_MS));
    return windows.map((window) => ({ kind: 'window', atMs: nowMs, window }));
  }

  private async dueTable(tx: EntityManager): Promise<LogEntryJson[]> {
    const atMs = this.clock.nowMs();
    const toIndex = await this.transparencyLog.size(tx);
    const book = await this.book.upTo(toIndex);
    const facts = this.book.factsAt(toIndex);
    if (!(await this.isTableDue(tx, facts, toIndex, atMs))) return [];
    const { quality, ejections } = closePeriod(await this.periods.read(tx, book, facts, toIndex, atMs));
    return [
      { kind: 'quality', atMs, quality },
      ...ejections.map((ejection) => ({ kind: 'ejection' as const, atMs, ejection })),
    ];
  }

  /** Once a period, and only when something happened that a table would tell. */
  private async isTableDue(
    tx: EntityManager,
    facts: MarketFacts,
    size: number,
    nowMs: number,
  ): Promise<boolean> {
    const { qualityPeriodMs } = this.config;
    if (nowMs - facts.tableAtMs < qualityPeriodMs) return false;
    const [oldest] = await this.logEntries.ofKinds(tx, news, { from: facts.coveredSize, to: size }, 1);
    const isFirst = facts.tableAtMs === 0;
    return oldest !== undefined && (!isFirst || nowMs - oldest.entry.atMs >= qualityPeriodMs);
  }
}
