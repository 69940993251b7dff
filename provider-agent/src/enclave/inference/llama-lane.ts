import type { Token } from 'node-llama-cpp';
import type { DecodeLoop } from './decode-loop.ts';
import type { Lane } from './lane-pool.ts';

/** One sequence of the model's context, evaluated in batches with the others. */
export class LlamaLane implements Lane {
  readonly sequenceId: number;
  readonly evaluatedTokens: Token[] = [];
  readonly #loop: DecodeLoop;

  constructor(sequenceId: number, loop: DecodeLoop) {
    this.sequenceId = sequenceId;
    this.#loop = loop;
  }

  /** Only the first `count` of the evaluated tokens stay, or fewer: some models cannot forget a part. */
  keep(count: number): Promise<void> {
    return this.#loop.between(() => this.#loop.keep(this, count));
  }

  /**
   * Evaluates `tokens` from the first one that the lane does not hold.
   * @returns what `sample` makes of the logits behind them; undefined when the signal has fired
   */
  evaluate<Sampled>(
    tokens: readonly Token[],
    signal: AbortSignal,
    sample: (logitsAt: number) => Promise<Sampled>,
  ): Promise<Sampled | undefined> {
    return this.#loop.evaluate(this, tokens, signal, sample);
  }
}
