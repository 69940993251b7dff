import { basename } from 'node:path';
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
import { type GpuBackend, type GpuChoice, gpuPackages } from './gpu-choice.ts';
import { LanePool } from './lane-pool.ts';
import { contextBinding } from './llama-binding.ts';
import { LlamaLane } from './llama-lane.ts';
import { type LlamaRuntime, LlamaSequence } from './llama-sequence.ts';
import { LlamaVectors } from './llama-vectors.ts';
import { memoryNeeds, memoryShortage } from './memory-needs.ts';

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
  readonly gpu: GpuChoice;
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
  /** What computes: the CPU where it is false. */
  readonly gpu: GpuBackend;
  readonly #context: LlamaContext;
  readonly #loop: DecodeLoop;
  readonly #runtime: LlamaRuntime;
  #free: number;

  private constructor(model: LlamaModel, context: LlamaContext, { slots, threads }: LlamaEngineOptions) {
    const { gpu } = model.llama;
    const wrapper = resolveChatWrapper(model);
    const { batchSize } = context;
    const loop = new DecodeLoop(contextBinding(context), {
      tokens: batchSize,
      tokensPerSequence: gpu === false ? INVARIANT_SEQUENCE_TOKENS : batchSize,
    });
    const lanes = Array.from({ length: slots }, (_, sequenceId) => new LlamaLane(sequenceId, loop));
    this.gpu = gpu;
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
      await assertFits(llama, options);
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
      if (cause instanceof EnclaveError) throw cause;
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

/** Said before memory is taken: a machine that begins to swap, or kills what it cannot hold, says nothing. */
async function assertFits(
  llama: Llama,
  { modelPath, slots, contextTokens }: LlamaEngineOptions,
): Promise<void> {
  const needs = await memoryNeeds(modelPath, { slots, contextTokens }, llama);
  const gpuBytes = llama.gpu === false ? 0 : (await llama.getVramState()).free;
  const shortage = memoryShortage(needs, process.availableMemory(), gpuBytes);
  if (shortage) throw new EnclaveError('model_load_failed', `model ${basename(modelPath)} ${shortage}`);
}

const instances = new Map<GpuChoice, Promise<Llama>>();

/** One llama.cpp binding per process and device choice: each would otherwise keep its own threads. */
function sharedLlama(gpu: GpuChoice): Promise<Llama> {
  const known = instances.get(gpu);
  if (known) return known;
  const starting = startLlama(gpu).catch((cause: unknown) => {
    instances.delete(gpu);
    throw new EnclaveError('model_load_failed', absent(gpu), { cause });
  });
  instances.set(gpu, starting);
  return starting;
}

/** The library takes the CPU, and says nothing, where the build of a GPU is not there. */
async function startLlama(gpu: GpuChoice): Promise<Llama> {
  const llama = await getLlama({ build: 'never', gpu, logLevel: LlamaLogLevel.error });
  if (gpu === 'auto' || llama.gpu === gpu) return llama;
  await llama.dispose();
  throw new Error(`llama.cpp started on ${llama.gpu || 'the CPU'}`);
}

/** What was asked for by name and is not there is not replaced by something slower. */
function absent(gpu: GpuChoice): string {
  if (gpu === false || gpu === 'auto') return 'gpu: llama.cpp does not run on this machine';
  const remedy =
    gpu === 'metal' ? 'only Macs have it' : `npm run gpu -- ${gpu}  installs it, and it needs the driver`;
  const [build] = gpuPackages(gpu, process.platform, process.arch);
  return `gpu: ${gpu} was asked for, and its build (${build}) does not load here: ${remedy}`;
}
