import { z } from 'zod';
import { JournalFile } from './journal-file.ts';
import { type JournalRecord, journalRecord } from './journal-record.ts';
import { JournalState } from './journal-state.ts';

/** Dead records that are worth rewriting the file for. */
const COMPACT_AT_DEAD_RECORDS = 4096;

export type JournalDamage = {
  readonly tornBytes: number;
  readonly damagedLines: readonly number[];
  /** Whole, sound lines that are no record of this version. */
  readonly unknownRecords: number;
};

/** The node's durable memory. State changes in memory only after the record is on disk. */
export class Journal {
  readonly state = new JournalState();
  readonly damage: JournalDamage;
  readonly #file: JournalFile;
  readonly #onRecord: (record: JournalRecord) => void;
  #recordsInFile = 0;
  #inFlight = 0;
  #compacting: Promise<void> | undefined;

  private constructor(file: JournalFile, damage: JournalDamage, onRecord: (record: JournalRecord) => void) {
    this.#file = file;
    this.damage = damage;
    this.#onRecord = onRecord;
  }

  /** @param onRecord hears every record that is part of the state: those of the file first, then each as it is appended */
  static async open(path: string, onRecord: (record: JournalRecord) => void = () => {}): Promise<Journal> {
    const { file, decoded } = await JournalFile.open(path);
    const parsed = decoded.records.map((json) => z.safeDecode(journalRecord, json as never));
    const records = parsed.flatMap((result) => (result.success ? [result.data] : []));
    const { tornBytes, damagedLines } = decoded;
    const damage = { tornBytes, damagedLines, unknownRecords: parsed.length - records.length };
    const journal = new Journal(file, damage, onRecord);
    for (const record of records) journal.#apply(record);
    return journal;
  }

  /** Resolves when the record is durable and part of the state. */
  async append(record: JournalRecord): Promise<void> {
    while (this.#compacting) await this.#compacting;
    this.#inFlight += 1;
    try {
      await this.#file.append(z.encode(journalRecord, record));
      this.#apply(record);
    } finally {
      this.#inFlight -= 1;
    }
    // A rewrite starts from the state, so it may only start while no record is between disk and state.
    if (this.#inFlight === 0 && this.#isWorthCompacting()) this.#compacting = this.#compact();
  }

  async close(): Promise<void> {
    await this.#compacting;
    await this.#file.close();
  }

  #apply(record: JournalRecord): void {
    this.#recordsInFile += 1;
    this.state.apply(record);
    this.#onRecord(record);
  }

  #isWorthCompacting(): boolean {
    // Unreadable records are evidence for their owner; a rewrite would destroy them.
    if (this.damage.unknownRecords > 0 || this.damage.damagedLines.length > 0) return false;
    return this.#recordsInFile > COMPACT_AT_DEAD_RECORDS + 2 * this.state.undelivered.size;
  }

  async #compact(): Promise<void> {
    const live = this.state.liveRecords();
    try {
      await this.#file.rewrite(live.map((record) => z.encode(journalRecord, record)));
      this.#recordsInFile = live.length;
    } catch {
      // The file has marked itself failed: whoever appends next hears it.
    } finally {
      this.#compacting = undefined;
    }
  }
}
