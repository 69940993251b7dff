import type { Hex } from '@hearth/attestation/receipt';
import type { AskRows } from './ask-rows.ts';
import { type ListedAt, MeritList } from './merit-list.ts';

/** The asks of one model and class under one price card. Full and paused ones lie apart: no clearing looks at them. */
export class Shelf {
  readonly class: number;
  readonly priceCardHash: Hex;
  readonly selling = new MeritList();
  private readonly full = new MeritList();
  private readonly rows: AskRows;

  constructor(rows: AskRows, jobClass: number, priceCardHash: Hex) {
    this.rows = rows;
    this.class = jobClass;
    this.priceCardHash = priceCardHash;
  }

  add(row: number): void {
    const { rows } = this;
    this.listOf(row).add({
      ...this.placeOf(row),
      place: rows.placeOf(row),
      contextTokens: rows.contextOf(row),
      fromIndex: rows.fromIndexOf(row),
    });
  }

  /** It stays for the tree sizes that still show it. */
  close(row: number, untilIndex: number): void {
    this.listOf(row).close(this.placeOf(row), untilIndex);
  }

  remove(row: number): void {
    this.listOf(row).remove(this.placeOf(row));
  }

  /** Every row, in no order to rely on. */
  *everyRow(): Iterable<number> {
    for (const list of [this.selling, this.full]) yield* list;
  }

  private placeOf(row: number): ListedAt {
    return { effectiveAsk: this.rows.effectiveAskOf(row), row };
  }

  private listOf(row: number): MeritList {
    return this.rows.sells(row) ? this.selling : this.full;
  }
}
