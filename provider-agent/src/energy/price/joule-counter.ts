/** Joules since it was made, from watts that are told now and then: the last ones hold until the next. */
export class JouleCounter {
  #joules = 0;
  #watts: number | undefined;
  #sinceMs = 0;

  /** @param watts undefined: not known any more */
  tell(watts: number | undefined, nowMs: number): void {
    this.#joules = this.at(nowMs) ?? this.#joules;
    this.#watts = watts;
    this.#sinceMs = nowMs;
  }

  /** Undefined while nobody knows what is drawn. */
  at(nowMs: number): number | undefined {
    return this.#watts === undefined
      ? undefined
      : this.#joules + (this.#watts * (nowMs - this.#sinceMs)) / 1_000;
  }
}
