import { type JobClass, jobClasses } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { EnclaveError } from '../../../channel/errors.ts';
import type { EngineConfig } from '../../engine-config.ts';
import type {
  GenerationRequest,
  InferenceEngine,
  InferenceSequence,
  PreparedComputation,
  PreparedGeneration,
  TextInput,
} from '../engine.ts';
import { type Dialect, dialects, type ServedFile } from './dialect.ts';
import { assertWithinAbilities, promptOf, samplingOf } from './request-body.ts';
import { countByAnswer, generate } from './server-generation.ts';
import { ServerProcess } from './server-process.ts';

export type OpenAiEngineOptions = {
  readonly config: EngineConfig;
  /** The private copy: a GGUF file, or a folder. */
  readonly modelPath: string;
  readonly file: ServedFile;
  readonly slots: number;
  readonly contextTokens: number;
  readonly home: string;
  onLost(error: EnclaveError): void;
};

/** Room for tokens that a template may put behind the answer. */
const CONTEXT_RESERVE_TOKENS = 4;
const COUNT_WITHIN_MS = 60_000;

/** A server inside the enclave's boundary, as an engine: counts are its word, and it goes on from nothing. */
export class OpenAiEngine implements InferenceEngine {
  readonly slots: number;
  readonly contextTokens: number;
  readonly classes: readonly JobClass[];
  readonly isContinuable = false;
  readonly #server: ServerProcess;
  readonly #dialect: Dialect;
  readonly #model: string;
  readonly #hasTools: boolean;
  #free: number;

  private constructor(server: ServerProcess, { config, file, slots, contextTokens }: OpenAiEngineOptions) {
    this.#server = server;
    this.#dialect = dialects[config.kind];
    this.#model = config.servedModel ?? file.name;
    this.#hasTools = config.tools;
    this.slots = slots;
    this.contextTokens = contextTokens;
    this.classes = config.classes.map((name) => jobClasses[name]);
    this.#free = slots;
  }

  /** @throws EnclaveError `engine_failed` */
  static async start(options: OpenAiEngineOptions, signal: AbortSignal): Promise<OpenAiEngine> {
    const { config, modelPath, file, slots, contextTokens, home, onLost } = options;
    const dialect = dialects[config.kind];
    const values = {
      model: modelPath,
      name: file.name,
      slots: String(slots),
      contextTokens: String(contextTokens),
    };
    const { readyPath } = dialect;
    const server = await ServerProcess.start({ config, values, readyPath, home, onLost }, signal);
    const engine = new OpenAiEngine(server, options);
    try {
      await dialect.bringModel?.(server.http, file, signal);
      await engine.#assertServed(signal);
      return engine;
    } catch (cause) {
      await server.stop();
      signal.throwIfAborted();
      if (cause instanceof EnclaveError) throw cause;
      throw new EnclaveError('engine_failed', `engine ${config.kind}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  createSequence(): InferenceSequence | undefined {
    if (this.#free === 0) return undefined;
    this.#free -= 1;
    return {
      prepare: (request, tenant) => this.#prepare(request, tenant),
      prepareEmbeddings: (texts) => this.#prepareEmbeddings(texts),
      prepareRanking: () => {
        throw unsupported('documents', 'it ranks nothing');
      },
      release: async () => {
        this.#free += 1;
      },
    };
  }

  close(): Promise<void> {
    return this.#server.stop();
  }

  async #prepare(request: GenerationRequest, tenant: string): Promise<PreparedGeneration> {
    assertWithinAbilities(request, { hasTools: this.#hasTools });
    const prompt = promptOf(request);
    const path = 'prompt' in prompt ? '/v1/completions' : '/v1/chat/completions';
    const asked = { model: this.#model, ...prompt, ...this.#dialect.extras(tenant) };
    const soon = AbortSignal.timeout(COUNT_WITHIN_MS);
    const { http } = this.#server;
    const promptTokens = this.#dialect.countPrompt
      ? await this.#dialect.countPrompt(http, this.#model, prompt, soon)
      : await countByAnswer(http, path, asked, soon);
    const freeTokens = this.contextTokens - promptTokens - CONTEXT_RESERVE_TOKENS;
    if (freeTokens < 1)
      throw new EnclaveError(
        'context_length_exceeded',
        `context: at most ${this.contextTokens} tokens, the messages alone have ${promptTokens}`,
        { details: { contextTokens: this.contextTokens, promptTokens } },
      );
    const body = { ...asked, ...samplingOf(request) };
    return {
      promptTokens,
      cachedTokens: 0, // what a server has kept, it does not say in a way that could be billed by
      freeTokens,
      emitted: { text: '', toolCalls: [], logprobs: [] },
      run: (maxTokens, signal) =>
        generate(http, { path, body, promptTokens }, Math.min(maxTokens, freeTokens), signal),
    };
  }

  /** The server answers in one piece, so it is asked before the count is known, and nothing is billed that was not affordable. */
  async #prepareEmbeddings(texts: readonly TextInput[]): Promise<PreparedComputation<Float32Array>> {
    if (!this.classes.includes(jobClasses.embedding)) throw unsupported('input', 'it embeds nothing');
    if (texts.some((text) => typeof text !== 'string'))
      throw unsupported('input', 'it takes text, no tokens');
    const body = { model: this.#model, input: texts, encoding_format: 'float' };
    const answer = embeddings.parse(
      await this.#server.http.post('/v1/embeddings', body, AbortSignal.timeout(COUNT_WITHIN_MS)),
    );
    if (answer.data.length !== texts.length)
      throw new Error(`engine: ${texts.length} texts have ${answer.data.length} vectors`);
    const sorted = [...answer.data].sort((a, b) => a.index - b.index);
    return {
      inputTokens: answer.usage.prompt_tokens,
      run: async () => sorted.map(({ embedding }) => unit(embedding)),
    };
  }

  async #assertServed(signal: AbortSignal): Promise<void> {
    const { data } = modelList.parse(await this.#server.http.get('/v1/models', signal));
    const names = data.map(({ id }) => id);
    if (names.some((name) => name === this.#model || name === `${this.#model}:latest`)) return;
    throw new EnclaveError(
      'engine_failed',
      `engine: expected it to serve ${this.#model}, it serves ${names.slice(0, 5).join(', ') || 'nothing'}`,
    );
  }
}

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });
const embeddings = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1) })),
  usage: z.object({ prompt_tokens: z.int().min(0) }),
});

const unsupported = (param: string, why: string) =>
  new EnclaveError(
    'unsupported_parameter',
    `Unsupported parameter: '${param}' is not supported with this model's engine: ${why}.`,
    { details: { param } },
  );

function unit(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector) || 1;
  return Float32Array.from(vector, (number) => number / length);
}
