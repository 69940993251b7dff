/** Tokens that share one sealed frame when the model is faster than frames are worth. */
const MAX_TOKENS = 8;
const MAX_WAIT_MS = 20;

/** Collects output between two frames: the first piece goes at once, later ones in small groups. */
export class TextBatch {
  #text = '';
  #tokens = 0;
  #lastTakenAtMs = 0;

  add(text: string, tokens: number): void {
    this.#text += text;
    this.#tokens += tokens;
  }

  isDue(nowMs: number): boolean {
    return this.#tokens >= MAX_TOKENS || (this.#tokens > 0 && nowMs - this.#lastTakenAtMs >= MAX_WAIT_MS);
  }

  take(nowMs: number): { text: string; tokens: number } {
    const taken = { text: this.#text, tokens: this.#tokens };
    this.#text = '';
    this.#tokens = 0;
    this.#lastTakenAtMs = nowMs;
    return taken;
  }
}
