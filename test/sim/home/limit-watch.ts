export type Honesty = 'honest' | 'silent' | 'lying';
export type LongestS = Record<Honesty, number>;

/** The longest unbroken time of a breach, by the worst that the sensors did while it lasted. */
export class LimitWatch {
  readonly longestS: LongestS = { honest: 0, silent: 0, lying: 0 };
  #lastSecond = Number.NEGATIVE_INFINITY;
  #lastedS = 0;
  #sensors: Honesty = 'honest';

  /** The limit is exceeded in this second; a second that is left out ends a breach. */
  breach(second: number, sensors: Honesty): void {
    if (second !== this.#lastSecond + 1) {
      this.#lastedS = 0;
      this.#sensors = 'honest';
    }
    this.#lastSecond = second;
    this.#lastedS += 1;
    if (sensors === 'lying' || this.#sensors === 'honest') this.#sensors = sensors;
    this.longestS[this.#sensors] = Math.max(this.longestS[this.#sensors], this.#lastedS);
  }
}
