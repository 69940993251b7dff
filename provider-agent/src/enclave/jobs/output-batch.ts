import { type TokenOutput, tokensOf } from '../inference/engine.ts';
import { joined } from '../inference/output.ts';

/** Tokens that share one sealed frame when the model is faster than frames are worth. */
const MAX_TOKENS = 8;
const MAX_WAIT_MS = 20;

/** Collects output between two frames: the first piece goes at once, later ones in small groups. */
export class OutputBatch {
  #pieces: TokenOutput[] = [];
  #tokens = 0;
  #lastTakenAtMs = 0;

  add(piece: TokenOutput): void {
    this.#pieces.push(piece);
    this.#tokens += tokensOf(piece);
  }

  isDue(nowMs: number): boolean {
    return this.#tokens >= MAX_TOKENS || (this.#tokens > 0 && nowMs - this.#lastTakenAtMs >= MAX_WAIT_MS);
  }

  /** Undefined where there is nothing to tell. */
  take(nowMs: number): TokenOutput | undefined {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#tokens = 0;
    this.#lastTakenAtMs = nowMs;
    const batch = {
      ...joined(pieces),
      tokenIds: pieces.flatMap(({ tokenIds }) => tokenIds),
      namelessTokens: pieces.reduce((sum, { namelessTokens = 0 }) => sum + namelessTokens, 0),
    };
    return batch.text === '' && batch.toolCalls.length + tokensOf(batch) === 0 ? undefined : batch;
  }
}
