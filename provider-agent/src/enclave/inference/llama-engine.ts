import { type JobClass, jobClasses } from '@hearth/sdk/protocol';
import {
  getLlama,
  type Llama,
  type LlamaContext,
  LlamaLogLevel,
  type LlamaModel,
  resolveChatWrapper,
} from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import { DecodeLoop } from './decode-loop.ts';
import { endOfOutput } from './end-of-output.ts';
import type { InferenceEngine, InferenceSequence } from './engine.ts';
import { LanePool } from './lane-pool.ts';
import { contextBinding } from './llama-binding.ts';
import { LlamaLane } from './llama-lane.ts';
import { type LlamaRuntime, LlamaSequence } from './llama-sequence.ts';
import { LlamaVectors } from './llama-vectors.ts';

/**
 * With up to this many tokens of each sequence in a batch, llama.cpp's CPU kernels compute each one to the same bits,
 * whatever shares the batch with it (flash attention takes another path from 64 on). So an answer does not depend on who
 * else is served, on what was cached, or on where it was taken up from another enclave. docs/decisions/0029.
 */
const INVARIANT_SEQUENCE_TOKENS = 63;

export type LlamaEngineOptions = {
  readonly modelPath: string;
  /** Sequences that generate at the same time. */
  readonly slots: number;
  /** Per sequence; 0 takes what the model was trained for. */
  readonly contextTokens: number;
  /** On small models more threads are far slower than one. */
  readonly threads: number;
  readonly gpu: false | 'auto';
  readonly signal?: AbortSignal;
  /** @param fraction 0 to 1 */
  onProgress?(fraction: number): void;
};

/** Engine on node-llama-cpp's prebuilt llama.cpp. The model's own chat template and tokenizer are used. */
export class LlamaEngine implements InferenceEngine {
  readonly slots: number;
  readonly contextTokens: number;
  readonly classes: readonly JobClass[];
  readonly isContinuable = true;
  readonly #context: LlamaContext;
  readonly #loop: DecodeLoop;
  readonly #runtime: LlamaRuntime;
  #free: number;

  private constructor(model: LlamaModel, context: LlamaContext, { slots, threads, gpu }: LlamaEngineOptions) {
    const wrapper = resolveChatWrapper(model);
    const { batchSize } = context;
    const loop = new DecodeLoop(contextBinding(context), {
      tokens: batchSize,
      tokensPerSequence: gpu === false ? INVARIANT_SEQUENCE_TOKENS : batchSize,
    });
    const lanes = Array.from({ length: slots }, (_, sequenceId) => new LlamaLane(sequenceId, loop));
    this.slots = slots;
    this.contextTokens = context.contextSize;
    this.#context = context;
    this.#loop = loop;
    const { contextTokens } = this;
    const vectors = new LlamaVectors(model, { contextTokens, threads, turns: loop });
    const { chat, completion, embedding, rerank } = jobClasses;
    this.classes = [chat, completion, embedding, rerank];
    this.#free = slots;
    this.#runtime = {
      model,
      context,
      wrapper,
      endOfOutput: endOfOutput(wrapper, model.tokenizer),
      lanes: new LanePool(lanes),
      vectors,
      contextTokens,
      vocabularyTokens: [...model.iterateAllTokens()].length,
    };
  }

  /** @throws EnclaveError `model_load_failed` */
  static async load(options: LlamaEngineOptions): Promise<LlamaEngine> {
    const llama = await sharedLlama(options.gpu);
    try {
      const model = await llama.loadModel({
        modelPath: options.modelPath,
        useMmap: false, // the bytes that were hashed are in memory from here on, whatever happens to the file
        ...(options.signal ? { loadSignal: options.signal } : {}),
        ...(options.onProgress ? { onLoadProgress: options.onProgress } : {}),
      });
      const context = await model.createContext({
        contextSize: options.contextTokens || model.trainContextSize || 4096,
        sequences: options.slots,
        threads: options.threads,
      });
      return new LlamaEngine(model, context, options);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw new EnclaveError('model_load_failed', `model: llama.cpp could not load it: ${String(cause)}`, {
        cause,
      });
    }
  }

  /** There is a lane for each slot; which one it is, is decided when the prompt is known. */
  createSequence(): InferenceSequence | undefined {
    if (this.#free === 0) return undefined;
    this.#free -= 1;
    return new LlamaSequence(this.#runtime, () => {
      this.#free += 1;
    });
  }

  async close(): Promise<void> {
    await this.#loop.close();
    await this.#runtime.vectors.close();
    await this.#context.dispose();
    await this.#runtime.model.dispose();
  }
}

const instances = new Map<false | 'auto', Promise<Llama>>();

/** One llama.cpp binding per process and device choice: each would otherwise keep its own threads. */
function sharedLlama(gpu: false | 'auto'): Promise<Llama> {
  const known = instances.get(gpu);
  if (known) return known;
  const starting = getLlama({ build: 'never', gpu, logLevel: LlamaLogLevel.error });
  instances.set(gpu, starting);
  return starting;
}
