import type { LlamaContext, Token } from 'node-llama-cpp';
import type { EndOfOutput } from './end-of-output.ts';
import type { GenerationEvent, GenerationRequest, Output } from './engine.ts';
import { EventQueue } from './event-queue.ts';
import type { LlamaLane } from './llama-lane.ts';
import { joined } from './output.ts';
import type { OutputGuide } from './output-guide.ts';
import type { OutputText } from './output-text.ts';
import { type SampledToken, TokenSampler } from './sampling.ts';

export type GenerationPlan = {
  readonly request: GenerationRequest;
  readonly prompt: readonly Token[];
  readonly emitted: readonly Token[];
  readonly text: OutputText;
  readonly guide: OutputGuide;
  readonly lane: LlamaLane;
  /** To be called before anything is evaluated: what the lane holds beyond the beginning of this prompt goes. */
  claimLane(): Promise<void>;
};

type Reason = Extract<GenerationEvent, { kind: 'end' }>['reason'];
/** `said`: what the token says, where the next one's grammar depends on it; otherwise it is still to be read. */
type Step = (SampledToken & { readonly said: ReturnType<OutputText['push']> | undefined }) | Reason;

/** One run of the model from a prompt, and from what was said before, to an end. */
export class LlamaGeneration {
  readonly #context: LlamaContext;
  readonly #plan: GenerationPlan;
  readonly #endOfOutput: EndOfOutput;

  constructor(context: LlamaContext, plan: GenerationPlan, endOfOutput: EndOfOutput) {
    this.#context = context;
    this.#plan = plan;
    this.#endOfOutput = endOfOutput;
  }

  /**
   * The model runs ahead of whoever reads: its next token never waits for text to be made of this one, or for a frame to be
   * sealed or sent. So it may have gone beyond a stop string by a token when that is read; nobody hears of it.
   */
  async *run(maxTokens: number, signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    const queue = new EventQueue<Step>();
    const abandoned = new AbortController();
    const anySignal = AbortSignal.any([signal, abandoned.signal]);
    const generating = this.#generate(maxTokens, anySignal, queue);
    try {
      for (let steps = await queue.next(); steps; steps = await queue.next()) {
        const { outputs, reason } = this.#read(steps);
        const tokenIds = outputs.flatMap((output) => output.tokenIds);
        if (outputs.length > 0) yield { kind: 'output', ...joined(outputs), tokenIds };
        if (reason) return yield { kind: 'end', reason };
      }
    } finally {
      abandoned.abort();
      await generating;
    }
  }

  /** @returns what the steps say, and how the generation ended if it has */
  #read(steps: readonly Step[]) {
    const { text } = this.#plan;
    const outputs: (Output & { readonly tokenIds: readonly Token[] })[] = [];
    let reason: Reason | undefined;
    for (const step of steps) {
      if (typeof step === 'string') reason = step;
      else {
        const { token, logprob, said = text.push(token) } = step;
        outputs.push({ ...said, logprobs: logprob ? [logprob] : [], tokenIds: [token] });
        if (step.said === undefined && text.isStopped) reason = 'stop';
      }
      if (reason) break;
    }
    if (reason && reason !== 'cancelled') outputs.push({ ...text.end(), logprobs: [], tokenIds: [] });
    return { outputs, reason };
  }

  /** Pushes the steps of one generation into `queue`; never rejects, a failure goes through the queue. */
  async #generate(maxTokens: number, signal: AbortSignal, queue: EventQueue<Step>): Promise<void> {
    try {
      queue.push(await this.#decode(maxTokens, signal, queue));
      queue.finish();
    } catch (error) {
      if (!signal.aborted) return queue.fail(error as Error);
      queue.push('cancelled');
      queue.finish();
    }
  }

  async #decode(maxTokens: number, signal: AbortSignal, queue: EventQueue<Step>): Promise<Reason> {
    const { request, prompt, emitted, text, guide, lane, claimLane } = this.#plan;
    if (text.isStopped) return 'stop';
    if (maxTokens < 1) return 'length';
    await claimLane();
    const isTextAwaited = request.toolUse !== undefined;
    const output = [...emitted];
    const sampler = new TokenSampler(this.#context, { request, output, guide });
    const sample = (logitsAt: number) => sampler.sample(logitsAt);
    try {
      let next = [...prompt, ...emitted].slice(lane.evaluatedTokens.length);
      for (;;) {
        const sampled = await lane.evaluate(next, signal, sample);
        if (!sampled || signal.aborted) return 'cancelled';
        const { token, logprob } = sampled;
        if (this.#isEnd(token)) return 'stop';
        output.push(token);
        const said = isTextAwaited ? text.push(token) : undefined;
        queue.push({ token, logprob, said });
        if (said) guide.after(text);
        if (said && text.isStopped) return 'stop';
        if (output.length - emitted.length >= maxTokens) return 'length';
        next = [token];
      }
    } finally {
      sampler.dispose();
    }
  }

  #isEnd(token: Token): boolean {
    return this.#endOfOutput.tokens.has(token) || this.#context.model.isEogToken(token);
  }
}
