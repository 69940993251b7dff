/** One chat message as the model's own template takes it. */
export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type GenerationRequest = {
  readonly messages: readonly ChatMessage[];
  /** 0 is greedy, and with it the output is a pure function of model, messages and seed. */
  readonly temperature: number;
  readonly topP?: number;
  readonly seed?: number;
  /** Generation ends before the first of these; they are not part of the output. */
  readonly stop: readonly string[];
};

/** Text arrives in whole code points, with the tokens that it was made of. The last event of a generation is `end`. */
export type GenerationEvent =
  | { readonly kind: 'text'; readonly text: string; readonly tokenIds: readonly number[] }
  | { readonly kind: 'end'; readonly reason: 'stop' | 'length' | 'cancelled' };

export interface PreparedGeneration {
  /** By the model's own tokenizer, template included: what is billed as input. */
  readonly promptTokens: number;
  /** Tokens that the context has left for output. */
  readonly freeTokens: number;
  /**
   * Run once. A fired signal ends the stream with `cancelled` after at most one more token.
   * @param maxTokens at most `freeTokens`
   */
  run(maxTokens: number, signal: AbortSignal): AsyncIterable<GenerationEvent>;
}

/** One lane of the model: its own context, batched by the engine with the other lanes. */
export interface InferenceSequence {
  /** @throws EnclaveError `context_length_exceeded` before anything runs. */
  prepare(request: GenerationRequest): PreparedGeneration;
  /** Forgets the conversation and returns the lane. */
  release(): Promise<void>;
}

export interface InferenceEngine {
  readonly slots: number;
  /** Tokens of prompt and output together, per sequence. */
  readonly contextTokens: number;
  /** Undefined while all lanes are taken. */
  createSequence(): InferenceSequence | undefined;
  close(): Promise<void>;
}
