export type Honesty = 'honest' | 'silent' | 'lying';
export type LongestS = Record<Honesty, number>;

/** The longest unbroken time of a breach, by the worst that the sensors did while it lasted. */
export class LimitWatch {
  readonly longestS: LongestS = { honest: 0, silent: 0, lying: 0 };
  #lastedS = 0;
  #sensors: Honesty = 'honest';

  /** One second. */
  second(isBreached: boolean, sensors: Honesty): void {
    if (!isBreached) {
      this.#lastedS = 0;
      this.#sensors = 'honest';
      return;
    }
    this.#lastedS += 1;
    if (sensors === 'lying' || this.#sensors === 'honest') this.#sensors = sensors;
    this.longestS[this.#sensors] = Math.max(this.longestS[this.#sensors], this.#lastedS);
  }
}
