export type InterimLimits = { readonly everyMs: number; readonly everyTokens: number };

/** When the next interim receipt is due: what is not yet in a receipt is what a killed enclave forfeits. */
export class ReceiptSchedule {
  readonly #limits: InterimLimits;
  #lastMs: number;
  #lastTokens = 0;

  constructor(limits: InterimLimits, startedAtMs: number) {
    this.#limits = limits;
    this.#lastMs = startedAtMs;
  }

  /** Asked after every piece of output; `true` starts the next interval. */
  isDue(nowMs: number, outputTokens: number): boolean {
    const due =
      nowMs - this.#lastMs >= this.#limits.everyMs ||
      outputTokens - this.#lastTokens >= this.#limits.everyTokens;
    if (!due) return false;
    this.#lastMs = nowMs;
    this.#lastTokens = outputTokens;
    return true;
  }
}
