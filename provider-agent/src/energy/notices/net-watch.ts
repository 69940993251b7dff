import { type NoticeDraft, netNegative } from './notice.ts';

const DAYS = 3;

/** Sees the days end: so many in a row that have earned less than their energy has cost are told, once until one pays again. */
export class NetWatch {
  #day: string | undefined;
  #netUsd = 0;
  #lossDays = 0;

  /** @param netUsd of the day so far */
  cycle(day: string, netUsd: number): NoticeDraft | undefined {
    const isOver = this.#day !== undefined && day !== this.#day;
    if (isOver) this.#lossDays = this.#netUsd < 0 ? this.#lossDays + 1 : 0;
    this.#day = day;
    this.#netUsd = netUsd;
    return isOver && this.#lossDays === DAYS ? netNegative(DAYS) : undefined;
  }
}
