import type { Hex } from '@hearth/attestation/receipt';
import type { CitedFacts } from '@hearth/sdk/market';
import { type Ejection, type LogEntry, outcomes } from '@hearth/sdk/protocol';
import type { SimRandom } from '../engine/random.ts';
import type { BookLog } from './book-log.ts';
import { namesOf } from './home.ts';
import { type Places, RecordKeeper } from './record-keeper.ts';
import { type KnownHome, lossRateOf, tableBefore } from './table-before.ts';

/** Who can have a record, and where it stands. */
export interface RecordedHomes<Known extends KnownHome> extends Places {
  readonly known: readonly Known[];
  poolOf(home: Known): Hex;
}

/** The market's records in a world without messages: what homes do is tallied, and the book takes the tables and ejections. */
export class MarketRecords<Known extends KnownHome> {
  endedJobs = 0;
  lostJobs = 0;
  tables = 0;
  readonly ejections: Ejection[] = [];
  readonly #homes: RecordedHomes<Known>;
  readonly #log: BookLog;
  readonly #random: SimRandom;
  readonly #sellers = new Map<Hex, Hex>();
  readonly #keeper: RecordKeeper;

  constructor(homes: RecordedHomes<Known>, log: BookLog, random: SimRandom) {
    this.#homes = homes;
    this.#log = log;
    this.#random = random;
    this.#keeper = new RecordKeeper((askId) => this.#sellers.get(askId), 0);
    const quality = tableBefore(homes.known, (home) => homes.poolOf(home));
    this.#keeper.keep({ kind: 'quality', atMs: 0, quality }, this.#log.table(quality));
  }

  /** What a clearing of a model under the first `size` entries reads; nobody cites less any more. */
  citedAt(size: number, modelDigest: Hex, nowMs: number): CitedFacts {
    if (this.#keeper.isDue(nowMs)) this.#close(nowMs);
    this.#keeper.forgetBelow(size);
    return this.#keeper.citedAt(size, modelDigest, nowMs);
  }

  sold(askId: Hex, nodeKey: Hex): void {
    this.#sellers.set(askId, nodeKey);
    this.#keeper.tally(leaf({ kind: 'clearing', clearing: { winner: { askId } } }));
  }

  refused(nodeKey: Hex): void {
    this.#keeper.tally(leaf({ kind: 'reject', message: { body: { nodeKey, reason: 'slots_full' } } }));
  }

  counted(nodeKey: Hex, used: number): void {
    this.#keeper.tally(leaf({ kind: 'slot-counter', message: { body: { nodeKey, used } } }));
  }

  /** A job is over. @returns whether the home delivered it */
  ended(home: Known, effectiveAsk: number, billedTokens: number): boolean {
    const isLost = this.#random.fraction() < lossRateOf(home);
    this.#receipt(home, effectiveAsk, billedTokens, isLost);
    return !isLost;
  }

  /** A job's home is gone. */
  lost(home: Known, effectiveAsk: number): void {
    this.#receipt(home, effectiveAsk, 0, true);
  }

  #receipt(home: Known, effectiveAsk: number, billedTokens: number, isLost: boolean): void {
    this.endedJobs += 1;
    if (isLost) this.lostJobs += 1;
    const outcome = isLost ? outcomes.providerError : outcomes.stop;
    const { nodeKey, provider } = namesOf(home);
    const body = { nodeKey, provider, poolId: this.#homes.poolOf(home), effectiveAsk, billedTokens, outcome };
    this.#keeper.tally(leaf({ kind: 'receipt', message: { body } }));
  }

  #close(atMs: number): void {
    this.tables += 1;
    for (const entry of this.#keeper.close(this.#log.size, atMs, this.#homes)) {
      const isTable = entry.kind === 'quality';
      if (!isTable) this.ejections.push(entry.ejection);
      this.#keeper.keep(entry, isTable ? this.#log.table(entry.quality) : this.#log.ejection(entry.ejection));
    }
  }
}

/** Of an entry, what a tally reads: nothing is signed in the light world. */
const leaf = (read: object) => read as LogEntry;
