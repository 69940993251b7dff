/** One chat message as the model's own template takes it. */
export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type GenerationRequest = {
  readonly messages: readonly ChatMessage[];
  /** 0 is greedy, and with it the output is a pure function of model and messages. */
  readonly temperature: number;
  /** Smallest set of likeliest tokens whose probabilities add up to this; 1 or absent: all. */
  readonly topP?: number;
  /** With it, each token depends on seed, prompt and the tokens before it only, at any temperature. */
  readonly seed?: number;
  /** Taken off a token's logit for each time, and once for having been, in the output so far; OpenAI's scale. */
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  /** Added to the logits of single tokens. */
  readonly logitBias?: ReadonlyMap<number, number>;
  /** Generation ends before the first of these; they are not part of the output. */
  readonly stop: readonly string[];
  /** Ids of the output that somebody has generated and delivered before: this generation goes on behind them. */
  readonly emittedTokens?: readonly number[];
};

/** Text arrives in whole code points, with the tokens that it was made of. The last event of a generation is `end`. */
export type GenerationEvent =
  | { readonly kind: 'text'; readonly text: string; readonly tokenIds: readonly number[] }
  | { readonly kind: 'end'; readonly reason: 'stop' | 'length' | 'cancelled' };

export interface PreparedGeneration {
  /** By the model's own tokenizer, template included, without what was emitted before: what is billed as input. */
  readonly promptTokens: number;
  /** The beginning of the prompt that this tenant's last jobs have left evaluated. Less than `promptTokens`. */
  readonly cachedTokens: number;
  /** Tokens that the context has left for output. */
  readonly freeTokens: number;
  /** Text of `emittedTokens` that has been delivered with them. */
  readonly emittedText: string;
  /**
   * Run once. A fired signal ends the stream with `cancelled` after at most one more token.
   * @param maxTokens of new output, at most `freeTokens`
   */
  run(maxTokens: number, signal: AbortSignal): AsyncIterable<GenerationEvent>;
}

/** One of the generations that run at the same time, batched by the engine with the others. */
export interface InferenceSequence {
  /**
   * @param tenant whose earlier prompts may be reused; nobody else's ever are, since hits show in times and counts
   * @throws EnclaveError `context_length_exceeded` before anything runs
   */
  prepare(request: GenerationRequest, tenant: string): PreparedGeneration;
  /** Gives the slot back. What was evaluated stays for the same tenant's next job, until another needs the room. */
  release(): Promise<void>;
}

export interface InferenceEngine {
  readonly slots: number;
  /** Tokens of prompt and output together, per sequence. */
  readonly contextTokens: number;
  /** Undefined while all slots are taken. */
  createSequence(): InferenceSequence | undefined;
  close(): Promise<void>;
}
