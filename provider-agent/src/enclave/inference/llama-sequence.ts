import type { ChatWrapper, LlamaModel, Token } from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import { chatPrompt } from './chat-history.ts';
import type { EndOfOutput } from './end-of-output.ts';
import type { GenerationEvent, GenerationRequest, InferenceSequence, PreparedGeneration } from './engine.ts';
import { EventQueue } from './event-queue.ts';
import type { LanePool } from './lane-pool.ts';
import type { LlamaLane } from './llama-lane.ts';
import { OutputText } from './output-text.ts';
import { sampleTokens } from './sampling.ts';

/** The library shifts old messages out of a context that is full to its last token; we end the output before that. */
const CONTEXT_RESERVE_TOKENS = 4;

/** What all sequences of one engine share. */
export type LlamaRuntime = {
  readonly model: LlamaModel;
  readonly wrapper: ChatWrapper;
  readonly endOfOutput: EndOfOutput;
  readonly lanes: LanePool<LlamaLane>;
  readonly contextTokens: number;
  readonly vocabularyTokens: number;
};

type Plan = {
  readonly request: GenerationRequest;
  readonly prompt: readonly Token[];
  readonly emitted: readonly Token[];
  readonly text: OutputText;
  readonly lane: LlamaLane;
  readonly cachedTokens: number;
  readonly isForeign: boolean;
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
    const { model, wrapper, lanes, endOfOutput } = this.#runtime;
    const prompt = chatPrompt(request.messages, wrapper, model.tokenizer);
    const emitted = this.#knownTokens(request.emittedTokens ?? []);
    const freeTokens = this.#freeTokens(prompt.length, emitted.length);
    const text = new OutputText(model.tokenizer, prompt, [...request.stop, ...endOfOutput.texts]);
    const emittedText = emitted.map((token) => text.push(token)).join('');
    if (this.#lane) lanes.giveBack(this.#lane);
    const { lane, cachedTokens, isForeign } = lanes.take(tenant, prompt);
    this.#lane = lane;
    const plan: Plan = { request, prompt, emitted, text, lane, cachedTokens, isForeign };
    return {
      promptTokens: prompt.length,
      cachedTokens,
      freeTokens,
      emittedText,
      run: (maxTokens, signal) => this.#run(plan, Math.min(maxTokens, freeTokens), signal),
    };
  }

  async release(): Promise<void> {
    if (this.#lane) this.#runtime.lanes.giveBack(this.#lane);
    this.#lane = undefined;
    this.#onRelease();
  }

  /** llama.cpp must never see an id that it does not have. */
  #knownTokens(ids: readonly number[]): readonly Token[] {
    const { vocabularyTokens } = this.#runtime;
    const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularyTokens);
    if (unknown === undefined) return ids as Token[];
    throw new EnclaveError(
      'malformed_request',
      `emitted tokens: expected ids below ${vocabularyTokens}, got ${unknown}`,
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

  /** The model runs ahead of whoever reads: its next token never waits for a frame to be sealed or sent. */
  async *#run(
    plan: Plan,
    maxTokens: number,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const queue = new EventQueue<GenerationEvent>();
    const abandoned = new AbortController();
    const anySignal = AbortSignal.any([signal, abandoned.signal]);
    const generating = this.#generate(plan, maxTokens, anySignal, queue);
    try {
      for (let events = await queue.next(); events; events = await queue.next()) yield* merged(events);
    } finally {
      abandoned.abort();
      await generating;
    }
  }

  /** Pushes the events of one generation into `queue`; never rejects, a failure goes through the queue. */
  async #generate(
    plan: Plan,
    maxTokens: number,
    signal: AbortSignal,
    queue: EventQueue<GenerationEvent>,
  ): Promise<void> {
    try {
      const reason = await this.#decode(plan, maxTokens, signal, queue);
      const rest = reason === 'cancelled' ? '' : plan.text.end();
      if (rest !== '') queue.push({ kind: 'text', text: rest, tokenIds: [] });
      queue.push({ kind: 'end', reason });
      queue.finish();
    } catch (error) {
      if (!signal.aborted) return queue.fail(error as Error);
      queue.push({ kind: 'end', reason: 'cancelled' });
      queue.finish();
    }
  }

  async #decode(
    { request, prompt, emitted, text, lane, cachedTokens, isForeign }: Plan,
    maxTokens: number,
    signal: AbortSignal,
    queue: EventQueue<GenerationEvent>,
  ): Promise<'stop' | 'length' | 'cancelled'> {
    if (text.isStopped) return 'stop';
    if (maxTokens < 1) return 'length';
    if (isForeign) await lane.clear();
    const rest = await lane.prefill([...prompt, ...emitted], cachedTokens, signal);
    if (!rest) return 'cancelled';
    const output = [...emitted];
    for await (const token of sampleTokens(lane.sequence, rest, request, output)) {
      if (signal.aborted) return 'cancelled';
      if (this.#runtime.endOfOutput.tokens.has(token)) return 'stop';
      output.push(token);
      queue.push({ kind: 'text', text: text.push(token), tokenIds: [token] });
      if (text.isStopped) return 'stop';
      if (output.length - emitted.length >= maxTokens) return 'length';
    }
    return 'stop';
  }
}

function* merged(events: readonly GenerationEvent[]): Generator<GenerationEvent> {
  const texts = events.filter((event) => event.kind === 'text');
  if (texts.length > 0) {
    yield {
      kind: 'text',
      text: texts.map((event) => event.text).join(''),
      tokenIds: texts.flatMap((event) => event.tokenIds),
    };
  }
  const last = events.at(-1);
  if (last?.kind === 'end') yield last;
}
