import type { LlamaContext, LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp';

/**
 * What is used of node-llama-cpp below its public interface. Its own scheduler cannot do what an enclave of many tenants
 * needs: docs/decisions/0035. None of these calls may meet a running `decodeBatch`; only the DecodeLoop makes them.
 */
export interface ContextBinding {
  initBatch(tokens: number): void;
  /** @returns where the logits behind each of `logitIndexes` will be */
  addToBatch(
    sequenceId: number,
    firstPosition: number,
    tokens: Uint32Array,
    logitIndexes: Uint32Array,
  ): Uint32Array;
  decodeBatch(): Promise<void>;
  /** -1 where nothing can be sampled. */
  sampleToken(logitsAt: number, sampler: SamplerBinding): Promise<Token>;
  /** @returns the token, and all tokens and their probabilities by turns, likeliest first */
  sampleToken(
    logitsAt: number,
    sampler: SamplerBinding,
    probabilities: true,
  ): Promise<readonly [Token, readonly number[]]>;
  /** @returns false where the model cannot forget a part of what it has read */
  removeTokenCellsFromSequence(sequenceId: number, start: number, end: number): boolean;
  disposeSequence(sequenceId: number): void;
  getSequenceKvCacheMinPosition(sequenceId: number): number;
}

export interface SamplerBinding {
  applyConfig(config: SamplerConfig): void;
  dispose(): void;
}

export type SamplerConfig = {
  readonly temperature: number;
  readonly topP: number;
  /** 0: all. */
  readonly topK: number;
  readonly minP: number;
  /** The random numbers begin anew where this one is not that of the token before. */
  readonly seed: number;
  readonly repeatPenalty?: number;
  readonly repeatPenaltyMaxTokens?: number;
  readonly repeatPenaltyTokens?: Uint32Array;
  readonly repeatPenaltyPresencePenalty?: number;
  readonly repeatPenaltyFrequencyPenalty?: number;
  readonly tokenBiasKeys?: Uint32Array;
  readonly tokenBiasValues?: Float32Array;
  readonly grammarEvaluationState?: unknown;
};

type ModuleBinding = {
  readonly AddonSampler: {
    new (model: unknown): SamplerBinding;
    acceptGrammarEvaluationStateToken(state: unknown, token: Token): void;
  };
};

export const contextBinding = (context: LlamaContext): ContextBinding =>
  (context as unknown as { readonly _ctx: ContextBinding })._ctx;

const moduleBinding = ({ llama }: LlamaModel): ModuleBinding =>
  (llama as unknown as { readonly _bindings: ModuleBinding })._bindings;

export function newSampler(model: LlamaModel): SamplerBinding {
  const { AddonSampler } = moduleBinding(model);
  return new AddonSampler((model as unknown as { readonly _model: unknown })._model);
}

export const grammarBinding = (state: LlamaGrammarEvaluationState): unknown =>
  (state as unknown as { readonly _state: unknown })._state;

/** Tells a grammar of a token that no sampler chose by it. */
export function acceptToken(model: LlamaModel, state: LlamaGrammarEvaluationState, token: Token): void {
  moduleBinding(model).AddonSampler.acceptGrammarEvaluationStateToken(grammarBinding(state), token);
}
