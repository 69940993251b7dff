import { closePeriod, PeriodTally } from '../market/index.ts';
import { canonicalBytes, type LogEntry } from '../protocol/index.ts';
import type { Defects } from './defect.ts';
import { LOOK_BACK_MS, type LoggedEntry, type LogObserver, type Standing } from './log-pass.ts';
import type { MarketState } from './market-state.ts';
import type { ReceiptCheck } from './receipt-check.ts';

type Table = Extract<LogEntry, { kind: 'quality' }>;
type Ejection = Extract<LogEntry, { kind: 'ejection' }>['ejection'];

/** Computes every quality table and every ejection again from the leaves that the table covers. */
export class TableCheck implements LogObserver {
  readonly #state: MarketState;
  readonly #receipts: Pick<ReceiptCheck, 'isCounted'>;
  readonly #defects: Defects;
  /** Tables to come, by the number of leaves they cover. */
  readonly #ahead = new Map<number, { readonly index: number; readonly table: Table }[]>();
  #tally: PeriodTally;
  #size = 0;
  /** What the tables that were computed say must be ejected, directly behind the table. */
  #due: { readonly from: number; readonly ejections: Ejection[] } = { from: -1, ejections: [] };
  readonly #dueByTable = new Map<number, Ejection[]>();
  #checked = 0;

  constructor(state: MarketState, receipts: Pick<ReceiptCheck, 'isCounted'>, defects: Defects) {
    this.#state = state;
    this.#receipts = receipts;
    this.#defects = defects;
    this.#tally = this.#newTally();
  }

  get checked(): number {
    return this.#checked;
  }

  read({ index, entry }: LoggedEntry): void {
    if (entry.kind !== 'quality') return;
    const { fromIndex, toIndex } = entry.quality;
    if (toIndex < this.#size || toIndex > index || fromIndex > toIndex)
      this.#defects.add(
        'quality_altered',
        index,
        `table ${index}: covers entries ${fromIndex} to ${toIndex}, which is not what came before it within ${LOOK_BACK_MS} ms`,
      );
    else this.#ahead.set(toIndex, [...(this.#ahead.get(toIndex) ?? []), { index, table: entry }]);
  }

  stand({ size }: Standing): void {
    this.#size = size;
    const tables = this.#ahead.get(size);
    if (tables === undefined) return;
    this.#ahead.delete(size);
    for (const { index, table } of tables) this.#compute(index, table);
  }

  apply({ index, entry }: LoggedEntry): void {
    if (entry.kind !== 'receipt' || this.#receipts.isCounted(index, entry)) this.#tally.add(entry);
    if (entry.kind === 'ejection') return this.#takeEjection(index, entry.ejection);
    this.#closeEjections(index);
    if (entry.kind === 'quality') this.#due = { from: index, ejections: this.#dueByTable.get(index) ?? [] };
    this.#dueByTable.delete(index);
  }

  /** After the whole log was read. */
  finish(): void {
    this.#closeEjections(null);
  }

  #compute(index: number, { atMs, quality: claimed }: Table): void {
    const { quality, ejections } = closePeriod({
      facts: this.#state.facts,
      toIndex: claimed.toIndex,
      atMs,
      tally: this.#tally,
      ...this.#state.placesAt(atMs),
    });
    this.#checked += 1;
    this.#tally = this.#newTally();
    this.#dueByTable.set(index, ejections);
    if (textOf(quality) !== textOf(claimed))
      this.#defects.add('quality_altered', index, `table ${index}: ${difference(claimed, quality)}`);
  }

  #takeEjection(index: number, ejection: Ejection): void {
    const expected = this.#due.ejections.shift();
    if (expected !== undefined && textOf(expected) === textOf(ejection)) return;
    const said = `node ${ejection.nodeKey} until ${ejection.untilMs} for ${ejection.reason}`;
    const known = expected === undefined ? 'nobody' : `node ${expected.nodeKey} until ${expected.untilMs}`;
    this.#defects.add('ejection_altered', index, `ejection ${index}: of ${said}; the record gives ${known}`);
  }

  #closeEjections(index: number | null): void {
    for (const { nodeKey } of this.#due.ejections)
      this.#defects.add(
        'ejection_altered',
        index,
        `table ${this.#due.from}: no ejection of node ${nodeKey} behind it`,
      );
    this.#due = { from: -1, ejections: [] };
  }

  #newTally(): PeriodTally {
    return new PeriodTally((id) => this.#state.askOf(id)?.nodeKey);
  }
}

const textOf = (record: unknown): string => Buffer.from(canonicalBytes(record)).toString();

/** The first row that is wrong, missing or invented. */
function difference(claimed: Table['quality'], expected: Table['quality']): string {
  for (const list of ['platforms', 'nodes', 'pools'] as const) {
    const [said, computed] = [claimed[list].map(textOf), expected[list].map(textOf)];
    const wrong = said.find((row) => !computed.includes(row));
    const missing = computed.find((row) => !said.includes(row));
    if (wrong !== undefined || missing !== undefined)
      return `${list}: claimed ${wrong ?? 'nothing'}, computed ${missing ?? 'nothing'}`;
  }
  return `covers entries ${claimed.fromIndex} to ${claimed.toIndex}, expected ${expected.fromIndex} to ${expected.toIndex}`;
}
