import type { LogEntryJson } from '@hearth/sdk/protocol';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Loops } from '../platform/loops.ts';
import { Transactions } from '../platform/transactions.ts';
import { TransparencyLog } from './transparency-log.ts';

const intervalMs = 1_000;
/** More than this is an attack on the log: the oldest go first, and nobody is worse off for it but the accuser. */
const maxWaiting = 10_000;

/** Entries that need not stand at once: appended together, once a second, so that no request waits for the log's lock. */
@Injectable()
export class LogJournal implements OnApplicationBootstrap, OnApplicationShutdown {
  private waiting: LogEntryJson[] = [];

  constructor(
    private readonly transactions: Transactions,
    private readonly log: TransparencyLog,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ intervalMs, step: () => this.flush(), failure: 'log.journal-failed' });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  note(entry: LogEntryJson): void {
    this.waiting.push(entry);
    if (this.waiting.length > maxWaiting) this.waiting.shift();
  }

  async flush(): Promise<void> {
    const entries = this.waiting;
    if (entries.length === 0) return;
    this.waiting = [];
    await this.transactions
      .run((tx) => this.log.append(tx, entries))
      .catch((error: unknown) => {
        this.waiting = [...entries, ...this.waiting].slice(-maxWaiting);
        throw error;
      });
  }
}
