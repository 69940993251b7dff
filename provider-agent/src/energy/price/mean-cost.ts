/** The mean over the time since it was last taken: an ask is made from minutes, not from the moment it is made in. */
export class MeanCost {
  #weightedMs = 0;
  #passedMs = 0;
  #newest = 0;

  add(costPerKwh: number, forMs: number): void {
    this.#newest = costPerKwh;
    this.#weightedMs += costPerKwh * forMs;
    this.#passedMs += forMs;
  }

  /** The newest value where no time has passed. */
  get perKwh(): number {
    return this.#passedMs > 0 ? this.#weightedMs / this.#passedMs : this.#newest;
  }

  restart(): void {
    this.#weightedMs = 0;
    this.#passedMs = 0;
  }
}
