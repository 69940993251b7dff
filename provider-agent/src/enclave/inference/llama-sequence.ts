import { type ChatHistoryItem, type ChatWrapper, LlamaChat, type LlamaContextSequence } from 'node-llama-cpp';
import { EnclaveError } from '../../channel/errors.ts';
import { chatHistory } from './chat-history.ts';
import type { GenerationEvent, GenerationRequest, InferenceSequence, PreparedGeneration } from './engine.ts';
import { EventQueue } from './event-queue.ts';

/** The engine shifts old messages out of a context that is full to its last token; we end the output before that. */
const CONTEXT_RESERVE_TOKENS = 4;

export class LlamaSequence implements InferenceSequence {
  readonly #sequence: LlamaContextSequence;
  readonly #wrapper: ChatWrapper;
  readonly #onRelease: (sequence: LlamaContextSequence) => void;

  constructor(
    sequence: LlamaContextSequence,
    wrapper: ChatWrapper,
    onRelease: (sequence: LlamaContextSequence) => void,
  ) {
    this.#sequence = sequence;
    this.#wrapper = wrapper;
    this.#onRelease = onRelease;
  }

  prepare(request: GenerationRequest): PreparedGeneration {
    const history = chatHistory(request.messages, this.#wrapper);
    const promptTokens = this.#countTokens(history);
    const contextTokens = this.#sequence.contextSize;
    const freeTokens = contextTokens - promptTokens - CONTEXT_RESERVE_TOKENS;
    if (freeTokens < 1) {
      throw new EnclaveError(
        'context_length_exceeded',
        `context: at most ${contextTokens} tokens, the messages alone have ${promptTokens}`,
        { details: { contextTokens, promptTokens } },
      );
    }
    return {
      promptTokens,
      freeTokens,
      run: (maxTokens, signal) => this.#run(history, request, Math.min(maxTokens, freeTokens), signal),
    };
  }

  /** Nothing of one conversation is left for the next: cached prefixes would leak by their timing. */
  async release(): Promise<void> {
    await this.#sequence.clearHistory();
    this.#onRelease(this.#sequence);
  }

  #countTokens(history: readonly ChatHistoryItem[]): number {
    const { contextText } = this.#wrapper.generateContextState({
      chatHistory: [...history, { type: 'model', response: [] }],
    });
    return contextText.tokenize(this.#sequence.model.tokenizer).length;
  }

  async *#run(
    history: ChatHistoryItem[],
    request: GenerationRequest,
    maxTokens: number,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const queue = new EventQueue<GenerationEvent>();
    const chat = new LlamaChat({ contextSequence: this.#sequence, chatWrapper: this.#wrapper });
    const generating = generate(chat, history, request, maxTokens, signal, queue);
    try {
      for (let events = await queue.next(); events; events = await queue.next()) yield* merged(events);
    } finally {
      await generating;
      chat.dispose({ disposeSequence: false });
    }
  }
}

/** Pushes the events of one response into `queue`; never rejects, a failure goes through the queue. */
async function generate(
  chat: LlamaChat,
  history: ChatHistoryItem[],
  request: GenerationRequest,
  maxTokens: number,
  signal: AbortSignal,
  queue: EventQueue<GenerationEvent>,
): Promise<void> {
  try {
    const { metadata } = await chat.generateResponse(history, {
      maxTokens,
      temperature: request.temperature,
      ...(request.topP === undefined ? {} : { topP: request.topP }),
      ...(request.seed === undefined ? {} : { seed: request.seed }),
      customStopTriggers: request.stop,
      signal,
      stopOnAbortSignal: true,
      onResponseChunk: ({ text, tokens }) => queue.push({ kind: 'text', text, tokenIds: tokens }),
    });
    queue.push({ kind: 'end', reason: endReason(metadata.stopReason) });
    queue.finish();
  } catch (error) {
    if (!signal.aborted) return queue.fail(error as Error);
    queue.push({ kind: 'end', reason: 'cancelled' });
    queue.finish();
  }
}

function endReason(stopReason: string): 'stop' | 'length' | 'cancelled' {
  if (stopReason === 'abort') return 'cancelled';
  return stopReason === 'maxTokens' ? 'length' : 'stop';
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
