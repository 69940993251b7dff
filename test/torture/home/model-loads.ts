/** How long the home's enclave has read, checked and loaded its model, as its host hears it. */
export class ModelLoads {
  #sinceMs: number | undefined;
  #totalMs = 0;

  heard({ state, phase, atMs }: Readonly<Record<string, unknown>>): void {
    if (state !== 'enclave-loading') return;
    if (phase !== 'measuring') this.#sinceMs ??= Number(atMs);
    else if (this.#sinceMs !== undefined) {
      this.#totalMs += Number(atMs) - this.#sinceMs;
      this.#sinceMs = undefined;
    }
  }

  /** Since it was asked last. */
  take(): number {
    const totalMs = this.#totalMs;
    this.#totalMs = 0;
    return totalMs;
  }
}
