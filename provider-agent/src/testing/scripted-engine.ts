import { jobClasses } from '@hearth/sdk/protocol';
import { EnclaveError } from '../channel/errors.ts';
import type {
  GenerationEvent,
  GenerationRequest,
  InferenceEngine,
  InferenceSequence,
  Output,
  PreparedComputation,
  PreparedGeneration,
} from '../enclave/inference/engine.ts';
import { joined } from '../enclave/inference/output.ts';

export type Script = {
  /** What each token says: text, or more than that. */
  readonly tokens: readonly (string | Partial<Output>)[];
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly contextTokens?: number;
  readonly slots?: number;
  /** Called before each token; may wait, advance a clock, or throw as a broken engine would. */
  beforeToken?(index: number): void | Promise<void>;
};

/** An engine that says what it is told to: the real interface without a model. */
export class ScriptedEngine implements InferenceEngine {
  readonly slots: number;
  readonly contextTokens: number;
  readonly classes = Object.values(jobClasses);
  readonly isContinuable = true;
  /** What it was asked, in order. */
  readonly requests: GenerationRequest[] = [];
  /** For whom, in the same order. */
  readonly tenants: string[] = [];
  readonly #script: Script;
  #taken = 0;

  constructor(script: Script) {
    this.#script = script;
    this.slots = script.slots ?? 1;
    this.contextTokens = script.contextTokens ?? 10_000;
  }

  get freeSlots(): number {
    return this.slots - this.#taken;
  }

  createSequence(): InferenceSequence | undefined {
    if (this.#taken >= this.slots) return undefined;
    this.#taken += 1;
    return {
      prepare: (request, tenant) => this.#prepare(request, tenant),
      prepareEmbeddings: async (texts) => computation(texts, (text) => Float32Array.of(text.length, 0.1)),
      prepareRanking: async (_, documents) => ({
        method: 'ranking_head',
        ...computation(documents, (text) => 1 / text.length),
      }),
      release: async () => {
        this.#taken -= 1;
      },
    };
  }

  async close(): Promise<void> {}

  #prepare(request: GenerationRequest, tenant: string): PreparedGeneration {
    this.requests.push(request);
    this.tenants.push(tenant);
    const promptTokens = this.#script.promptTokens ?? 10;
    const emitted = request.emittedTokens?.length ?? 0;
    const freeTokens = this.contextTokens - promptTokens - emitted;
    if (freeTokens < 1)
      throw new EnclaveError('context_length_exceeded', `context: at most ${this.contextTokens} tokens`);
    return {
      promptTokens,
      cachedTokens: this.#script.cachedTokens ?? 0,
      freeTokens,
      emitted: joined(this.#script.tokens.slice(0, emitted).map(said)),
      run: (maxTokens, signal) => this.#run(emitted, maxTokens, signal),
    };
  }

  /** Goes on behind the `emitted` first tokens of the script; their indexes are their ids. */
  async *#run(
    emitted: number,
    maxTokens: number,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const { tokens, beforeToken } = this.#script;
    for (const [offset, token] of tokens.slice(emitted, emitted + maxTokens).entries()) {
      const index = emitted + offset;
      await beforeToken?.(index);
      if (signal.aborted) return yield { kind: 'end', reason: 'cancelled' };
      yield { kind: 'output', ...said(token), tokenIds: [index] };
    }
    yield { kind: 'end', reason: tokens.length > emitted + maxTokens ? 'length' : 'stop' };
  }
}

const said = (token: string | Partial<Output>): Output => ({
  text: '',
  toolCalls: [],
  logprobs: [],
  ...(typeof token === 'string' ? { text: token } : token),
});

/** Ten tokens a text. */
function computation<Input, Result>(
  inputs: readonly Input[],
  compute: (input: Input) => Result,
): PreparedComputation<Result> {
  return { inputTokens: 10 * inputs.length, run: async () => inputs.map(compute) };
}
