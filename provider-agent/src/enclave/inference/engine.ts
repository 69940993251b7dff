import type { JobClass } from '@hearth/sdk/protocol';
import type { JsonOutput } from './grammar/output-grammar.ts';
import type { ToolCall, ToolCallPiece, ToolUse } from './tools/tool.ts';

/** One chat message as the model's own template takes it. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  /** What a called function has answered. */
  | { readonly role: 'tool'; readonly content: string; readonly toolCallId: string };

/** A conversation, for the model's chat template; or text or tokens to go on from as they are. */
export type Prompt =
  | { readonly messages: readonly ChatMessage[] }
  | { readonly text: string }
  | { readonly tokenIds: readonly number[] };

export type GenerationRequest = {
  readonly prompt: Prompt;
  readonly toolUse?: ToolUse;
  /** The output is JSON, or calls where `toolUse` allows them. */
  readonly json?: JsonOutput;
  /** With each token, how likely it was, and this many of the likeliest. */
  readonly topLogprobs?: number;
  /** Of several answers to one prompt; each has random numbers of its own. */
  readonly choice?: number;
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

/** A token and the natural logarithm of its probability. */
export type RatedToken = { readonly tokenId: number; readonly text: string; readonly logprob: number };
export type TokenLogprob = RatedToken & { readonly top: readonly RatedToken[] };

/** What a reader gets of some tokens: text, in whole code points, and pieces of calls. */
export type Output = {
  readonly text: string;
  readonly toolCalls: readonly ToolCallPiece[];
  /** One for each token, where they were asked for. */
  readonly logprobs: readonly TokenLogprob[];
};

/** Output with its tokens; at the end it may come without, if it was held back. */
export type TokenOutput = Output & {
  readonly tokenIds: readonly number[];
  /** Tokens beside those, of an engine that says how many and not which. */
  readonly namelessTokens?: number;
};

export const tokensOf = ({ tokenIds, namelessTokens = 0 }: TokenOutput): number =>
  tokenIds.length + namelessTokens;

/** The last event is `end`. */
export type GenerationEvent =
  | (TokenOutput & { readonly kind: 'output' })
  | { readonly kind: 'end'; readonly reason: 'stop' | 'length' | 'cancelled' };

export interface PreparedGeneration {
  /** By the model's own tokenizer, template included, without what was emitted before: what is billed as input. */
  readonly promptTokens: number;
  /** The beginning of the prompt that this tenant's last jobs have left evaluated. Less than `promptTokens`. */
  readonly cachedTokens: number;
  /** Tokens that the context has left for output. */
  readonly freeTokens: number;
  /** What `emittedTokens` have said; without their probabilities. */
  readonly emitted: Output;
  /**
   * Run once. A fired signal ends the stream with `cancelled` after at most one more token.
   * @param maxTokens of new output, at most `freeTokens`
   */
  run(maxTokens: number, signal: AbortSignal): AsyncIterable<GenerationEvent>;
}

/** Numbers about texts, one result for each: no output tokens, and nothing to stream. */
export interface PreparedComputation<Result> {
  /** Of all texts together: what is billed as input. */
  readonly inputTokens: number;
  /** Run once; a fired signal ends it after the text that is under way. @throws the signal's reason */
  run(signal: AbortSignal): Promise<readonly Result[]>;
}

/** By a head that the model was trained with, or by how alike the embeddings of query and document are. */
export type RankingMethod = 'ranking_head' | 'embedding_similarity';

export interface PreparedRanking extends PreparedComputation<number> {
  readonly method: RankingMethod;
}

/** A text, or its tokens. */
export type TextInput = string | readonly number[];

/** One of the generations that run at the same time, batched by the engine with the others. */
export interface InferenceSequence {
  /**
   * May be asked again once the generation before has ended.
   * @param tenant whose earlier prompts may be reused; nobody else's ever are, since hits show in times and counts
   * @throws EnclaveError `context_length_exceeded`, `malformed_request`, `unsupported_parameter`; UnsupportedSchema; before anything
   * runs
   */
  prepare(request: GenerationRequest, tenant: string): PreparedGeneration | Promise<PreparedGeneration>;
  /**
   * Vectors of length 1.
   * @throws EnclaveError `context_length_exceeded`, `malformed_request`
   */
  prepareEmbeddings(texts: readonly TextInput[]): Promise<PreparedComputation<Float32Array>>;
  /**
   * How well each document answers the query, from 0 to 1.
   * @throws EnclaveError `context_length_exceeded`
   */
  prepareRanking(query: string, documents: readonly string[]): Promise<PreparedRanking>;
  /** Gives the slot back. What was evaluated stays for the same tenant's next job, until another needs the room. */
  release(): Promise<void>;
}

export interface InferenceEngine {
  readonly slots: number;
  /** Tokens of prompt and output together, per sequence. */
  readonly contextTokens: number;
  /** What the model can be asked for, by the numbers of `jobClasses`. */
  readonly classes: readonly JobClass[];
  /** Whether it tells its tokens, and goes on behind those of another engine of the same model. */
  readonly isContinuable: boolean;
  /** Undefined while all slots are taken. */
  createSequence(): InferenceSequence | undefined;
  close(): Promise<void>;
}
