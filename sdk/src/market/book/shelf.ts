import type { Hex } from '@hearth/attestation/receipt';
import type { AskRows } from './ask-rows.ts';
import { type ListBlocks, MeritList } from './merit-list.ts';

/** The asks of one model and class under one price card. Full and paused ones lie apart: no clearing looks at them. */
export class Shelf {
  readonly class: number;
  readonly priceCardHash: Hex;
  readonly selling: MeritList;
  private readonly full: MeritList;
  private readonly rows: AskRows;

  constructor(rows: AskRows, blocks: ListBlocks, jobClass: number, priceCardHash: Hex) {
    this.rows = rows;
    this.selling = new MeritList(rows.heads, blocks);
    this.full = new MeritList(rows.heads, blocks);
    this.class = jobClass;
    this.priceCardHash = priceCardHash;
  }

  add(row: number): void {
    this.listOf(row).add(row);
  }

  /** It stays for the tree sizes that still show it. */
  close(row: number, untilIndex: number): void {
    this.listOf(row).close(row, untilIndex);
  }

  remove(row: number): void {
    this.listOf(row).remove(row);
  }

  /** Every row, in no order to rely on. */
  *everyRow(): Iterable<number> {
    for (const list of [this.selling, this.full]) yield* list;
  }

  private listOf(row: number): MeritList {
    return this.rows.sells(row) ? this.selling : this.full;
  }
}
