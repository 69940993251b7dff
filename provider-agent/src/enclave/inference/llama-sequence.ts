import type { ChatWrapper, LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import { chatPrompt } from './chat-history.ts';
import type { EndOfOutput } from './end-of-output.ts';
import type {
  GenerationRequest,
  InferenceSequence,
  Output,
  PreparedComputation,
  PreparedGeneration,
  PreparedRanking,
  TextInput,
} from './engine.ts';
import type { LanePool } from './lane-pool.ts';
import { LlamaGeneration } from './llama-generation.ts';
import type { LlamaLane } from './llama-lane.ts';
import type { LlamaVectors } from './llama-vectors.ts';
import { joined } from './output.ts';
import { OutputGuide } from './output-guide.ts';
import { OutputText } from './output-text.ts';
import { toolSyntax } from './tools/tool-syntax.ts';

/** The library shifts old messages out of a context that is full to its last token; we end the output before that. */
const CONTEXT_RESERVE_TOKENS = 4;

/** What all sequences of one engine share. */
export type LlamaRuntime = {
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly wrapper: ChatWrapper;
  readonly endOfOutput: EndOfOutput;
  readonly lanes: LanePool<LlamaLane>;
  readonly contextTokens: number;
  readonly vocabularyTokens: number;
  readonly vectors: LlamaVectors;
};

export class LlamaSequence implements InferenceSequence {
  readonly #runtime: LlamaRuntime;
  readonly #onRelease: () => void;
  #lane: LlamaLane | undefined;

  constructor(runtime: LlamaRuntime, onRelease: () => void) {
    this.#runtime = runtime;
    this.#onRelease = onRelease;
  }

  prepare(request: GenerationRequest, tenant: string): PreparedGeneration {
    const { model, context, wrapper, endOfOutput } = this.#runtime;
    const prompt = this.#promptTokens(request);
    const emitted = this.#knownTokens(request.emittedTokens ?? []);
    const freeTokens = this.#freeTokens(prompt.length, emitted.length);
    const syntax = request.toolUse && toolSyntax(wrapper, request.toolUse);
    const text = new OutputText(model.tokenizer, prompt, [...request.stop, ...endOfOutput.texts], syntax);
    const guide = new OutputGuide(model, request, syntax);
    const said = replayed(emitted, text, guide);
    const taken = this.#takeLane(tenant, prompt);
    const plan = { request, prompt, emitted, text, guide, ...taken };
    const generation = new LlamaGeneration(context, plan, endOfOutput);
    return {
      promptTokens: prompt.length,
      cachedTokens: taken.cachedTokens,
      freeTokens,
      emitted: said,
      run: (maxTokens, signal) => generation.run(Math.min(maxTokens, freeTokens), signal),
    };
  }

  prepareEmbeddings(texts: readonly TextInput[]): Promise<PreparedComputation<Float32Array>> {
    return this.#runtime.vectors.prepareEmbeddings(texts, (ids) => this.#knownTokens(ids));
  }

  prepareRanking(query: string, documents: readonly string[]): Promise<PreparedRanking> {
    return this.#runtime.vectors.prepareRanking(query, documents);
  }

  async release(): Promise<void> {
    if (this.#lane) this.#runtime.lanes.giveBack(this.#lane);
    this.#lane = undefined;
    this.#onRelease();
  }

  #takeLane(tenant: string, prompt: readonly Token[]) {
    const { lanes } = this.#runtime;
    if (this.#lane) lanes.giveBack(this.#lane);
    const { lane, cachedTokens } = lanes.take(tenant, prompt);
    this.#lane = lane;
    const claimLane = async () => {
      await lane.keep(cachedTokens);
      lanes.claim(lane, tenant);
    };
    return { lane, cachedTokens, claimLane };
  }

  #promptTokens({ prompt, toolUse }: GenerationRequest): readonly Token[] {
    const { model, wrapper } = this.#runtime;
    if ('tokenIds' in prompt) return this.#knownTokens(prompt.tokenIds);
    if ('text' in prompt) return textPrompt(prompt.text, model);
    return chatPrompt(prompt.messages, toolUse?.tools ?? [], wrapper).tokenize(model.tokenizer);
  }

  /** llama.cpp must never see an id that it does not have. */
  #knownTokens(ids: readonly number[]): readonly Token[] {
    const { vocabularyTokens } = this.#runtime;
    const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularyTokens);
    if (unknown === undefined) return ids as Token[];
    throw new EnclaveError(
      'malformed_request',
      `token ids: expected them below ${vocabularyTokens}, got ${unknown}`,
    );
  }

  #freeTokens(promptTokens: number, emittedTokens: number): number {
    const { contextTokens } = this.#runtime;
    const freeTokens = contextTokens - promptTokens - emittedTokens - CONTEXT_RESERVE_TOKENS;
    if (freeTokens >= 1) return freeTokens;
    throw new EnclaveError(
      'context_length_exceeded',
      `context: at most ${contextTokens} tokens, the messages alone have ${promptTokens}`,
      { details: { contextTokens, promptTokens } },
    );
  }
}

/** A bare text begins as the model was trained to see one begin. An empty one is just that beginning. */
function textPrompt(text: string, { tokenizer, tokens }: LlamaModel): Token[] {
  const begin = tokens.shouldPrependBosToken && tokens.bos !== null ? [tokens.bos] : [];
  const prompt = [...begin, ...tokenizer(text)];
  return prompt.length > 0 ? prompt : tokenizer('\n');
}

function replayed(tokens: readonly Token[], text: OutputText, guide: OutputGuide): Output {
  const said = tokens.map((token) => {
    const piece = text.push(token);
    guide.replay(token, text);
    return { ...piece, logprobs: [] };
  });
  return joined(said);
}
