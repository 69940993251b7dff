import type { Token } from 'node-llama-cpp';
import type { EndOfOutput } from './end-of-output.ts';
import type { GenerationEvent, GenerationRequest } from './engine.ts';
import { EventQueue } from './event-queue.ts';
import type { LlamaLane } from './llama-lane.ts';
import { joined } from './output.ts';
import type { OutputGuide } from './output-guide.ts';
import type { OutputText } from './output-text.ts';
import { sampleTokens } from './sampling.ts';

export type GenerationPlan = {
  readonly request: GenerationRequest;
  readonly prompt: readonly Token[];
  readonly emitted: readonly Token[];
  readonly text: OutputText;
  readonly guide: OutputGuide;
  readonly lane: LlamaLane;
  readonly cachedTokens: number;
  /** To be called before anything is evaluated: what another tenant has left goes. */
  claimLane(): Promise<void>;
};

/** One run of the model from a prompt, and from what was said before, to an end. */
export class LlamaGeneration {
  readonly #plan: GenerationPlan;
  readonly #endOfOutput: EndOfOutput;

  constructor(plan: GenerationPlan, endOfOutput: EndOfOutput) {
    this.#plan = plan;
    this.#endOfOutput = endOfOutput;
  }

  /** The model runs ahead of whoever reads: its next token never waits for a frame to be sealed or sent. */
  async *run(maxTokens: number, signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    const queue = new EventQueue<GenerationEvent>();
    const abandoned = new AbortController();
    const anySignal = AbortSignal.any([signal, abandoned.signal]);
    const generating = this.#generate(maxTokens, anySignal, queue);
    try {
      for (let events = await queue.next(); events; events = await queue.next()) yield* merged(events);
    } finally {
      abandoned.abort();
      await generating;
    }
  }

  /** Pushes the events of one generation into `queue`; never rejects, a failure goes through the queue. */
  async #generate(maxTokens: number, signal: AbortSignal, queue: EventQueue<GenerationEvent>): Promise<void> {
    try {
      const reason = await this.#decode(maxTokens, signal, queue);
      if (reason !== 'cancelled')
        queue.push({ kind: 'output', ...this.#plan.text.end(), logprobs: [], tokenIds: [] });
      queue.push({ kind: 'end', reason });
      queue.finish();
    } catch (error) {
      if (!signal.aborted) return queue.fail(error as Error);
      queue.push({ kind: 'end', reason: 'cancelled' });
      queue.finish();
    }
  }

  async #decode(
    maxTokens: number,
    signal: AbortSignal,
    queue: EventQueue<GenerationEvent>,
  ): Promise<'stop' | 'length' | 'cancelled'> {
    const { request, prompt, emitted, text, guide, lane, cachedTokens, claimLane } = this.#plan;
    if (text.isStopped) return 'stop';
    if (maxTokens < 1) return 'length';
    await claimLane();
    const rest = await lane.prefill([...prompt, ...emitted], cachedTokens, signal);
    if (!rest) return 'cancelled';
    const output = [...emitted];
    const { sequence } = lane;
    for await (const { token, logprob } of sampleTokens(rest, request, { sequence, output, guide })) {
      if (signal.aborted) return 'cancelled';
      if (this.#endOfOutput.tokens.has(token)) return 'stop';
      output.push(token);
      const logprobs = logprob ? [logprob] : [];
      queue.push({ kind: 'output', ...text.push(token), logprobs, tokenIds: [token] });
      guide.after(text);
      if (text.isStopped) return 'stop';
      if (output.length - emitted.length >= maxTokens) return 'length';
    }
    return 'stop';
  }
}

function* merged(events: readonly GenerationEvent[]): Generator<GenerationEvent> {
  const outputs = events.filter((event) => event.kind === 'output');
  if (outputs.length > 0)
    yield { kind: 'output', ...joined(outputs), tokenIds: outputs.flatMap(({ tokenIds }) => tokenIds) };
  const last = events.at(-1);
  if (last?.kind === 'end') yield last;
}
