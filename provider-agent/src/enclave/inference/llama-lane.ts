import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { Lane } from './lane-pool.ts';

/** Tokens of a prompt that are evaluated between two looks at the abort signal. */
const PREFILL_TOKENS = 512;

/** One sequence of the model's context, batched by node-llama-cpp with the others. */
export class LlamaLane implements Lane {
  readonly sequence: LlamaContextSequence;

  constructor(sequence: LlamaContextSequence) {
    this.sequence = sequence;
  }

  get evaluatedTokens(): readonly Token[] {
    return this.sequence.contextTokens;
  }

  clear(): Promise<void> {
    return this.sequence.clearHistory();
  }

  /**
   * Brings the lane to where only the end of `tokens` is left to be evaluated, reusing at most the first
   * `cachedTokens` of what it holds.
   * @returns that end, at least one token; undefined when the signal has fired
   */
  async prefill(
    tokens: readonly Token[],
    cachedTokens: number,
    signal: AbortSignal,
  ): Promise<Token[] | undefined> {
    await this.sequence.adaptStateToTokens(tokens.slice(0, cachedTokens), false);
    for (;;) {
      if (signal.aborted) return undefined;
      const rest = tokens.slice(this.sequence.nextTokenIndex); // some models cannot keep a part of what they hold
      if (rest.length <= PREFILL_TOKENS) return rest;
      await this.sequence.evaluateWithoutGeneratingNewTokens(rest.slice(0, PREFILL_TOKENS));
    }
  }
}
