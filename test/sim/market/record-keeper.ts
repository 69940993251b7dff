import type { Hex } from '@hearth/attestation/receipt';
import {
  type CitedFacts,
  citedFacts,
  closePeriod,
  foldFacts,
  type MarketFacts,
  noFacts,
  type Period,
  PeriodTally,
} from '@hearth/sdk/market';
import type { LogEntry } from '@hearth/sdk/protocol';

/** Production closes a table every 10 minutes; a run lasts three. */
const PERIOD_MS = 30_000;

export type RecordEntry = Extract<LogEntry, { kind: 'quality' | 'ejection' }>;
export type Places = Pick<Period, 'placeOf' | 'membersOf'>;

/** Production's tally, tables, probation and ejections over the entries of a simulated log. */
export class RecordKeeper {
  readonly #sellerOf: (askId: Hex) => Hex | undefined;
  /** Oldest first; the first one stands for all sizes that may still be cited before the second. */
  #states: { readonly size: number; readonly facts: MarketFacts }[] = [{ size: 0, facts: noFacts }];
  #tally: PeriodTally;
  #closedMs: number;

  /** @param sellerOf the node behind an ask */
  constructor(sellerOf: (askId: Hex) => Hex | undefined, startsAtMs: number) {
    this.#sellerOf = sellerOf;
    this.#tally = new PeriodTally(sellerOf);
    this.#closedMs = startsAtMs;
  }

  tally(entry: LogEntry): void {
    this.#tally.add(entry);
  }

  isDue(nowMs: number): boolean {
    return nowMs - this.#closedMs >= PERIOD_MS;
  }

  /** What the log takes now, if its first `toIndex` entries are all there are. */
  close(toIndex: number, atMs: number, places: Places): RecordEntry[] {
    const { quality, ejections } = closePeriod({
      ...places,
      facts: this.#newest,
      toIndex,
      atMs,
      tally: this.#tally,
    });
    this.#tally = new PeriodTally(this.#sellerOf);
    this.#closedMs = atMs;
    return [
      { kind: 'quality', atMs, quality },
      ...ejections.map((ejection) => ({ kind: 'ejection' as const, atMs, ejection })),
    ];
  }

  keep(entry: RecordEntry, index: number): void {
    this.#states.push({ size: index + 1, facts: foldFacts(this.#newest, entry, index) });
  }

  /** Nobody cites a size below `horizon` any more. */
  forgetBelow(horizon: number): void {
    const standing = this.#states.findLastIndex(({ size }) => size <= horizon);
    if (standing > 0) this.#states = this.#states.slice(standing);
  }

  /** What a clearing under the first `size` entries reads. */
  citedAt(size: number, modelDigest: Hex, nowMs: number): CitedFacts {
    const facts = this.#states.findLast((known) => known.size <= size)?.facts ?? noFacts;
    return citedFacts(facts, modelDigest, 0, nowMs);
  }

  get #newest(): MarketFacts {
    return this.#states.at(-1)?.facts ?? noFacts;
  }
}
