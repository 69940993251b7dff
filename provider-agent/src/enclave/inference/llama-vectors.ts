import type { LlamaEmbeddingContext, LlamaModel, LlamaRankingContext, Token } from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import type { DecodeLoop } from './decode-loop.ts';
import type { PreparedComputation, PreparedRanking, TextInput } from './engine.ts';

export type VectorOptions = {
  readonly contextTokens: number;
  readonly threads: number;
  /** Texts take turns with batches: both at once would share the same threads, and neither gain. */
  readonly turns: Pick<DecodeLoop, 'between'>;
};

/** Embeddings and ranks of one model, in contexts of their own that are made when first asked for. */
export class LlamaVectors {
  readonly #model: LlamaModel;
  readonly #options: VectorOptions;
  #embedding: Promise<LlamaEmbeddingContext> | undefined;
  #ranking: Promise<LlamaRankingContext> | undefined;

  constructor(model: LlamaModel, options: VectorOptions) {
    this.#model = model;
    this.#options = options;
  }

  async prepareEmbeddings(
    texts: readonly TextInput[],
    assertKnown: (ids: readonly number[]) => readonly Token[],
  ): Promise<PreparedComputation<Float32Array>> {
    const inputs = texts.map((text) =>
      typeof text === 'string' ? this.#model.tokenizer(text) : [...assertKnown(text)],
    );
    this.#embedding ??= this.#model.createEmbeddingContext(this.#contextOptions());
    const context = await this.#embedding;
    const lengths = inputs.map((input) => this.#fitting(context.calculateInputLength([...input])));
    return this.#computation(lengths, inputs, async (input) => {
      const { vector } = await context.getEmbeddingFor([...input]);
      return unit(vector);
    });
  }

  async prepareRanking(query: string, documents: readonly string[]): Promise<PreparedRanking> {
    const method = this.#model.fileInsights.supportsRanking ? 'ranking_head' : 'embedding_similarity';
    const rank = method === 'ranking_head' ? this.#rankByHead : this.#rankByEmbeddings;
    return { method, ...(await rank.call(this, query, documents)) };
  }

  async #rankByHead(query: string, documents: readonly string[]): Promise<PreparedComputation<number>> {
    this.#ranking ??= this.#model.createRankingContext(this.#contextOptions());
    const context = await this.#ranking;
    const lengths = documents.map((document) => this.#fitting(context.calculateInputLength(query, document)));
    return this.#computation(lengths, documents, (document) => context.rank(query, document));
  }

  async #rankByEmbeddings(query: string, documents: readonly string[]): Promise<PreparedComputation<number>> {
    const { inputTokens, run } = await this.prepareEmbeddings([query, ...documents], (ids) => ids as Token[]);
    return {
      inputTokens,
      run: async (signal) => {
        const [asked, ...answers] = await run(signal);
        return answers.map((vector) => likeness(vector, asked ?? vector));
      },
    };
  }

  async close(): Promise<void> {
    const contexts = await Promise.all([this.#embedding, this.#ranking]);
    await Promise.all(contexts.map(async (context) => context?.dispose()));
  }

  #computation<Input, Result>(
    lengths: readonly number[],
    inputs: readonly Input[],
    compute: (input: Input) => Promise<Result>,
  ): PreparedComputation<Result> {
    const { turns } = this.#options;
    return {
      inputTokens: lengths.reduce((sum, length) => sum + length, 0),
      run: async (signal) => {
        const results: Result[] = [];
        for (const input of inputs) {
          signal.throwIfAborted();
          results.push(await turns.between(() => compute(input)));
        }
        return results;
      },
    };
  }

  /** A text is one batch: some models let its tokens look ahead. */
  #contextOptions() {
    const { contextTokens, threads } = this.#options;
    return { contextSize: contextTokens, batchSize: contextTokens, threads };
  }

  #fitting(tokens: number): number {
    const { contextTokens } = this.#options;
    if (tokens > 0 && tokens < contextTokens) return tokens;
    if (tokens === 0) throw new EnclaveError('malformed_request', 'input: expected text, got an empty one');
    throw new EnclaveError(
      'context_length_exceeded',
      `context: at most ${contextTokens - 1} tokens a text, one has ${tokens}`,
      { details: { contextTokens, promptTokens: tokens } },
    );
  }
}

/** The cosine of the angle between vectors of length 1, moved to between 0 and 1. */
function likeness(a: Float32Array, b: Float32Array): number {
  const cosine = a.reduce((sum, number, i) => sum + number * (b[i] ?? 0), 0);
  return (1 + Math.max(-1, Math.min(1, cosine))) / 2;
}

function unit(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector) || 1;
  return Float32Array.from(vector, (number) => number / length);
}
