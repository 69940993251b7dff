/** Milliseconds since 1970 that never run backwards, whatever the machine's clock or the host's hints do. */
export class EnclaveClock {
  readonly #systemMs: () => number;
  #latestMs = 0;

  constructor(systemMs: () => number = Date.now) {
    this.#systemMs = systemMs;
  }

  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#systemMs());
    return this.#latestMs;
  }

  nowUnixSec(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /**
   * The host's clock, where the TEE has none. It can only push time forward: pushed too far, jobs expire and no money
   * moves, which is the host's loss.
   */
  hint(nowMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, nowMs);
  }
}
