import type { Output } from '../inference/engine.ts';
import { joined } from '../inference/output.ts';

/** Tokens that share one sealed frame when the model is faster than frames are worth. */
const MAX_TOKENS = 8;
const MAX_WAIT_MS = 20;

type Batch = Output & { readonly tokenIds: readonly number[] };

/** Collects output between two frames: the first piece goes at once, later ones in small groups. */
export class OutputBatch {
  #pieces: Batch[] = [];
  #tokens = 0;
  #lastTakenAtMs = 0;

  add(piece: Batch): void {
    this.#pieces.push(piece);
    this.#tokens += piece.tokenIds.length;
  }

  isDue(nowMs: number): boolean {
    return this.#tokens >= MAX_TOKENS || (this.#tokens > 0 && nowMs - this.#lastTakenAtMs >= MAX_WAIT_MS);
  }

  /** Undefined where there is nothing to tell. */
  take(nowMs: number): Batch | undefined {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#tokens = 0;
    this.#lastTakenAtMs = nowMs;
    const batch = { ...joined(pieces), tokenIds: pieces.flatMap(({ tokenIds }) => tokenIds) };
    return batch.text === '' && batch.toolCalls.length + batch.tokenIds.length === 0 ? undefined : batch;
  }
}
