import {
  type ChatWrapper,
  getLlama,
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
  resolveChatWrapper,
} from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import type { InferenceEngine, InferenceSequence } from './engine.ts';
import { LlamaSequence } from './llama-sequence.ts';

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
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #wrapper: ChatWrapper;
  readonly #free: LlamaContextSequence[];

  private constructor(model: LlamaModel, context: LlamaContext, slots: number) {
    this.#model = model;
    this.#context = context;
    this.#wrapper = resolveChatWrapper(model);
    this.#free = Array.from({ length: slots }, () => context.getSequence());
    this.slots = slots;
    this.contextTokens = this.#free[0]?.contextSize ?? 0;
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
      return new LlamaEngine(model, context, options.slots);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw new EnclaveError('model_load_failed', `model: llama.cpp could not load it: ${String(cause)}`, {
        cause,
      });
    }
  }

  createSequence(): InferenceSequence | undefined {
    const sequence = this.#free.pop();
    return sequence && new LlamaSequence(sequence, this.#wrapper, (returned) => this.#free.push(returned));
  }

  async close(): Promise<void> {
    await this.#context.dispose();
    await this.#model.dispose();
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
