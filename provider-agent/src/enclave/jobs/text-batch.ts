/** Tokens that share one sealed frame when the model is faster than frames are worth. */
const MAX_TOKENS = 8;
const MAX_WAIT_MS = 20;

/** Collects output between two frames: the first piece goes at once, later ones in small groups. */
export class TextBatch {
  #text = '';
  #tokenIds: number[] = [];
  #lastTakenAtMs = 0;

  add(text: string, tokenIds: readonly number[]): void {
    this.#text += text;
    this.#tokenIds.push(...tokenIds);
  }

  isDue(nowMs: number): boolean {
    const { length } = this.#tokenIds;
    return length >= MAX_TOKENS || (length > 0 && nowMs - this.#lastTakenAtMs >= MAX_WAIT_MS);
  }

  take(nowMs: number): { text: string; tokenIds: readonly number[] } {
    const taken = { text: this.#text, tokenIds: this.#tokenIds };
    this.#text = '';
    this.#tokenIds = [];
    this.#lastTakenAtMs = nowMs;
    return taken;
  }
}
