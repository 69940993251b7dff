import type { JournalRecord } from '../journal/journal-record.ts';
import type { Clock } from '../ports.ts';
import { EarningsBook, isInterim } from './earnings-book.ts';
import { type EarningsEntry, type JobEntry, jobEntryOf } from './earnings-entry.ts';
import { EarningsFile } from './earnings-file.ts';

/** An interim receipt is kept as a line of its own once no final one has followed it for this long. */
const INTERIM_IS_LAST_AFTER_MS = 60_000;

export type EarningsParts = {
  readonly dir: string;
  readonly clock: Clock;
  readonly dayOf: (atMs: number) => string;
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
};

/** Hears every record of the journal, keeps the book of it, and remembers what the journal forgets. */
export class Earnings {
  readonly book: EarningsBook;
  readonly #parts: EarningsParts;
  readonly #file: EarningsFile;
  readonly #interim = new Map<JobEntry['jobId'], JobEntry>();

  private constructor(parts: EarningsParts, file: EarningsFile) {
    this.#parts = parts;
    this.#file = file;
    this.book = new EarningsBook(parts.dayOf);
  }

  static async open(parts: EarningsParts): Promise<Earnings> {
    const earnings = new Earnings(parts, new EarningsFile(parts.dir));
    for await (const entry of earnings.#file.read()) earnings.book.apply(entry);
    return earnings;
  }

  hear(record: JournalRecord): void {
    const entry = this.#entryOf(record);
    if (!entry || !this.book.isNew(entry)) return;
    this.book.apply(entry);
    if (entry.kind === 'job') this.#keepJob(entry);
    else this.#keep(entry);
    this.#parts.onChange();
  }

  /** All lines that were ever written, for exports. */
  async *entries(): AsyncGenerator<EarningsEntry> {
    await this.#file.written();
    yield* this.#file.read();
    yield* this.#interim.values();
  }

  async close(): Promise<void> {
    for (const entry of this.#interim.values()) this.#keep(entry);
    this.#interim.clear();
    await this.#file.written();
  }

  /** A stream has a receipt every two seconds; only the last one of a job is worth a line. */
  #keepJob(entry: JobEntry): void {
    const staleBeforeMs = this.#parts.clock.nowMs() - INTERIM_IS_LAST_AFTER_MS;
    this.#interim.delete(entry.jobId);
    for (const [jobId, interim] of this.#interim) {
      if (interim.atMs > staleBeforeMs) continue;
      this.#keep(interim);
      this.#interim.delete(jobId);
    }
    if (isInterim(entry)) this.#interim.set(entry.jobId, entry);
    else this.#keep(entry);
  }

  #keep(entry: EarningsEntry): void {
    this.#file.append(entry, this.#parts.onFailure);
  }

  #entryOf(record: JournalRecord): EarningsEntry | undefined {
    const atMs = this.#parts.clock.nowMs();
    switch (record.kind) {
      case 'receipt':
        return jobEntryOf(record);
      case 'paid':
        return { ...record, atMs };
      case 'written-off':
        return { kind: 'lost', atMs, orderHash: record.orderHash, enclaveKey: record.enclaveKey };
      default:
        return undefined;
    }
  }
}
