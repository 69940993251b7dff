import { EnclaveError } from '../channel/errors.ts';
import type {
  GenerationEvent,
  GenerationRequest,
  InferenceEngine,
  InferenceSequence,
  PreparedGeneration,
} from '../enclave/inference/engine.ts';

export type Script = {
  /** One token each. */
  readonly tokens: readonly string[];
  readonly promptTokens?: number;
  readonly contextTokens?: number;
  readonly slots?: number;
  /** Called before each token; may wait, advance a clock, or throw as a broken engine would. */
  beforeToken?(index: number): void | Promise<void>;
};

/** An engine that says what it is told to: the real interface without a model. */
export class ScriptedEngine implements InferenceEngine {
  readonly slots: number;
  readonly contextTokens: number;
  /** What it was asked, in order. */
  readonly requests: GenerationRequest[] = [];
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
      prepare: (request) => this.#prepare(request),
      release: async () => {
        this.#taken -= 1;
      },
    };
  }

  async close(): Promise<void> {}

  #prepare(request: GenerationRequest): PreparedGeneration {
    this.requests.push(request);
    const promptTokens = this.#script.promptTokens ?? 10;
    const freeTokens = this.contextTokens - promptTokens;
    if (freeTokens < 1)
      throw new EnclaveError('context_length_exceeded', `context: at most ${this.contextTokens} tokens`);
    return { promptTokens, freeTokens, run: (maxTokens, signal) => this.#run(maxTokens, signal) };
  }

  async *#run(maxTokens: number, signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    const { tokens, beforeToken } = this.#script;
    for (const [index, text] of tokens.slice(0, maxTokens).entries()) {
      await beforeToken?.(index);
      if (signal.aborted) return yield { kind: 'end', reason: 'cancelled' };
      yield { kind: 'text', text, tokenIds: [index] };
    }
    yield { kind: 'end', reason: tokens.length > maxTokens ? 'length' : 'stop' };
  }
}
