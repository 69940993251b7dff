import type { Token } from 'node-llama-cpp';
import { planBatch } from './batch-plan.ts';
import type { ContextBinding } from './llama-binding.ts';

/** Tokens that a place in the context holds; the loop appends what it evaluates. */
export type Evaluated = { readonly sequenceId: number; readonly evaluatedTokens: Token[] };

type Evaluation = {
  readonly lane: Evaluated;
  rest: readonly Token[];
  readonly signal: AbortSignal;
  /** From the logits behind the last token. */
  readonly sample: (logitsAt: number) => Promise<unknown>;
  readonly settle: (result: Result) => void;
};
/** What of an evaluation goes into one batch. */
type Share = { readonly evaluation: Evaluation; readonly tokens: number };
type Result = { readonly sampled: unknown } | { readonly error: unknown };

export type BatchLimits = {
  /** All sequences together. */
  readonly tokens: number;
  /** Of one sequence. */
  readonly tokensPerSequence: number;
};

/**
 * Evaluates what all sequences wait for, batch by batch, each with everybody who has something to evaluate. Samples are
 * handed out together once the last one of a batch is there: whoever goes on does so within one turn of the event loop, and
 * is in the next batch. Between two batches is the only time at which anything else may touch the context.
 */
export class DecodeLoop {
  readonly #binding: ContextBinding;
  readonly #limits: BatchLimits;
  #waiting: Evaluation[] = [];
  #acts: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(binding: ContextBinding, limits: BatchLimits) {
    this.#binding = binding;
    this.#limits = limits;
  }

  /**
   * Evaluates tokens behind those that the lane holds.
   * @returns what `sample` makes of the logits behind the last one; undefined when the signal fired before that
   */
  async evaluate<Sampled>(
    lane: Evaluated,
    tokens: readonly Token[],
    signal: AbortSignal,
    sample: (logitsAt: number) => Promise<Sampled>,
  ): Promise<Sampled | undefined> {
    const result = await new Promise<Result>((settle) => {
      this.#waiting.push({ lane, rest: tokens, signal, sample, settle });
      this.#start();
    });
    if ('error' in result) throw result.error;
    return result.sampled as Sampled | undefined;
  }

  /** Runs `act` while no batch is decoded, and none while it runs. */
  between<Done>(act: () => Done | Promise<Done>): Promise<Done> {
    return new Promise((resolve) => {
      this.#acts.push(async () => {
        const done = Promise.resolve().then(act);
        resolve(done);
        await Promise.allSettled([done]); // what it failed of, the caller is told
      });
      this.#start();
    });
  }

  /** Only the first `count` tokens of a lane stay; fewer where the model cannot forget a part. Between two batches. */
  keep({ sequenceId, evaluatedTokens }: Evaluated, count: number): void {
    if (count >= evaluatedTokens.length) return;
    const isKept =
      count > Math.max(0, this.#binding.getSequenceKvCacheMinPosition(sequenceId)) &&
      this.#binding.removeTokenCellsFromSequence(sequenceId, count, evaluatedTokens.length);
    if (!isKept) this.#binding.disposeSequence(sequenceId);
    evaluatedTokens.length = isKept ? count : 0;
  }

  /** Ends with the batch that is under way; who waits is told so. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      await nextTurn();
      for (const act of this.#acts.splice(0)) await act();
      this.#dismiss();
      if (this.#waiting.length > 0) await this.#decode();
      else if (this.#acts.length === 0) break;
    }
    this.#running = undefined;
  }

  /** Those who no longer want to go on. */
  #dismiss(): void {
    const isOver = ({ signal }: Evaluation) => this.#isClosed || signal.aborted;
    for (const evaluation of this.#waiting.filter(isOver)) {
      evaluation.settle(this.#isClosed ? { error: new Error('engine: closed') } : { sampled: undefined });
    }
    this.#waiting = this.#waiting.filter((evaluation) => !isOver(evaluation));
  }

  async #decode(): Promise<void> {
    const shares = planBatch(
      this.#waiting.map(({ rest }) => rest.length),
      this.#limits,
    );
    const served = this.#waiting
      .map((evaluation, i) => ({ evaluation, tokens: shares[i] ?? 0 }))
      .filter(({ tokens }) => tokens > 0);
    const results = await this.#evaluateBatch(served).catch((error: unknown) => this.#abandon(served, error));
    this.#waiting = this.#waiting.filter((evaluation) => !results.has(evaluation));
    for (const [{ settle }, result] of results) settle(result);
  }

  /** @returns the samples of those who are evaluated to the end */
  async #evaluateBatch(served: readonly Share[]): Promise<Map<Evaluation, Result>> {
    this.#binding.initBatch(served.reduce((sum, { tokens }) => sum + tokens, 0));
    const places = served.map((share) => this.#addToBatch(share));
    await this.#binding.decodeBatch();
    for (const { evaluation, tokens } of served) {
      evaluation.lane.evaluatedTokens.push(...evaluation.rest.slice(0, tokens));
      evaluation.rest = evaluation.rest.slice(tokens);
    }
    const ended = served.flatMap(({ evaluation }, i) => {
      const logitsAt = places[i];
      return logitsAt === undefined ? [] : { evaluation, logitsAt };
    });
    const results = await Promise.all(ended.map(({ evaluation, logitsAt }) => sampled(evaluation, logitsAt)));
    return new Map(ended.map(({ evaluation }, i) => [evaluation, results[i] as Result]));
  }

  /** @returns where the logits behind the last token will be, if it is in this batch */
  #addToBatch({ evaluation: { lane, rest }, tokens }: Share): number | undefined {
    const { sequenceId, evaluatedTokens } = lane;
    const isEnd = tokens === rest.length;
    const [logitsAt] = this.#binding.addToBatch(
      sequenceId,
      evaluatedTokens.length,
      Uint32Array.from(isEnd ? rest : rest.slice(0, tokens)),
      Uint32Array.from(isEnd ? [tokens - 1] : []),
    );
    return logitsAt;
  }

  /** After a batch that failed nobody knows what its sequences hold. */
  #abandon(served: readonly Share[], error: unknown): Map<Evaluation, Result> {
    for (const { lane } of served.map(({ evaluation }) => evaluation)) {
      this.#binding.disposeSequence(lane.sequenceId);
      lane.evaluatedTokens.length = 0;
    }
    return new Map(served.map(({ evaluation }) => [evaluation, { error }]));
  }
}

const sampled = ({ sample }: Evaluation, logitsAt: number): Promise<Result> =>
  sample(logitsAt).then(
    (sampled) => ({ sampled }),
    (error: unknown) => ({ error }),
  );

/** By then, whoever was handed a sample has asked for the next one, unless it waits for more than promises. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
