export type InterimLimits = { readonly everyMs: number; readonly everyTokens: number };

/**
 * When the next interim receipt is due: what is not yet in a receipt is what a killed enclave forfeits. The first comes
 * with the first output: it pays the prompt, so that an enclave that goes on with the answer never has to charge for it.
 */
export class ReceiptSchedule {
  readonly #limits: InterimLimits;
  #lastMs: number;
  #lastTokens: number;

  constructor(limits: InterimLimits, startedAtMs: number) {
    this.#limits = limits;
    this.#lastMs = startedAtMs;
    this.#lastTokens = -limits.everyTokens;
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
