import type { Hex } from '@hearth/attestation/receipt';
import { AskBook, type LoggedMarketAsk } from '@hearth/sdk/market';
import type { Ejection, QualityTable } from '@hearth/sdk/protocol';

const FORGET_EVERY = 32;

/** The production order book with the log's numbering: every entry has its place, every checkpoint its size. */
export class BookLog {
  readonly book = new AskBook();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  ask(logged: LoggedMarketAsk): void {
    this.book.putAsk(this.#next(), logged);
  }

  /** @returns its place */
  table(quality: QualityTable): number {
    const index = this.#next();
    this.book.putTable(index, quality);
    return index;
  }

  /** @returns its place */
  ejection(ejection: Ejection): number {
    const index = this.#next();
    this.book.putEjection(index, ejection);
    return index;
  }

  quality(platformId: Hex, qualityPpm: number): void {
    this.book.putQuality(this.#next(), platformId, qualityPpm);
  }

  counter(
    counter: {
      readonly nodeKey: Hex;
      readonly enclaveKey: Hex;
      readonly slots: number;
      readonly used: number;
    },
    atMs: number,
  ): void {
    this.book.putCounter(this.#next(), { ...counter, pause: null }, atMs);
  }

  /** Nobody cites a size below `horizon` any more. Work is put off until it is worth it. */
  forgetBelow(horizon: number): void {
    if (this.#size % FORGET_EVERY === 0) this.book.forgetBelow(horizon);
  }

  #next(): number {
    const index = this.#size;
    this.#size += 1;
    return index;
  }
}
