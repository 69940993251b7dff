import { setTimeout as pause } from 'node:timers/promises';
import { receiptCodec, type SignedCap } from '@hearth/sdk/protocol';
import type { FinishReason, ResponseFinal } from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import { EnclaveError } from '../../channel/errors.ts';
import { type InferenceSequence, type PreparedGeneration, tokensOf } from '../inference/engine.ts';
import { UnsupportedSchema } from '../inference/grammar/schema.ts';
import type { IssuedReceipt } from '../receipts/order-account.ts';
import { ReceiptSchedule } from '../receipts/receipt-schedule.ts';
import type { AnswerEncoder, FinishedReason } from './answers/answer-encoder.ts';
import { type ComputedAnswer, isComputed, prepareComputed } from './computed-answer.ts';
import type { JobEnvironment } from './environment.ts';
import type { JobIo } from './job-io.ts';
import { JobMeter, type MeteredJob } from './job-meter.ts';
import { OutputBatch } from './output-batch.ts';
import { type PreparedAnswer, prepareAnswer, tooExpensive } from './prepare-answer.ts';
import { type ErrorEnvelope, envelopeOf, RequestError, serverErrorEnvelope } from './request-error.ts';
import type { ResponseStream } from './response-stream.ts';
import { affordableOutputTokens } from './token-budget.ts';

export type Answered = { readonly outcome: number; readonly issued: IssuedReceipt };

/** Outcomes of a job that was admitted; the names are those of the final frame and, but for case, of the receipt. */
type Outcome = 'stop' | 'length' | 'toolCalls' | 'cancelled' | 'providerError';
const finishReasonOf = {
  stop: 'stop',
  length: 'length',
  toolCalls: 'tool_calls',
  cancelled: 'cancelled',
  providerError: 'provider_error',
} as const satisfies Record<Outcome, FinishReason>;
/** Of several choices, the outcome that says most. */
const outcomeOf = (reasons: readonly FinishedReason[]): Outcome => {
  if (reasons.includes('length')) return 'length';
  return reasons.includes('tool_calls') ? 'toolCalls' : 'stop';
};

/** Signing a receipt takes as long as a token takes to its buyer, through programs that may share the cores: the token goes first. */
const ON_ITS_WAY_MS = 2;

/** What a client gets of an answer that broke off and that nobody goes on with. */
const failures = {
  cancelled: { status: 499, code: 'cancelled' },
  providerError: { status: 500, code: 'provider_error' },
} as const;

/** Answers one opened request: generation, sealed frames, interim receipts and the final one. */
export class Answer {
  readonly #environment: JobEnvironment;
  readonly #job: MeteredJob;
  readonly #io: JobIo;
  readonly #stream: ResponseStream;
  readonly #meter: JobMeter;
  readonly #schedule: ReceiptSchedule;
  /** Said before the next output. */
  #opening = '';
  /** Nothing is delivered before the end: neither text nor the tokens that another enclave could go on from. */
  #isHeldBack = false;

  constructor(environment: JobEnvironment, job: MeteredJob, io: JobIo, stream: ResponseStream) {
    this.#environment = environment;
    this.#job = job;
    this.#io = io;
    this.#stream = stream;
    this.#meter = new JobMeter(environment, job);
    this.#schedule = new ReceiptSchedule(environment.interimLimits, environment.clock.nowMs());
  }

  /** Takes over `sequence` and gives it back as soon as the model has stopped. Always ends with a final receipt. */
  async run(sequence: InferenceSequence): Promise<Answered> {
    try {
      return await this.#answer(sequence);
    } finally {
      this.#meter.end();
    }
  }

  async #answer(sequence: InferenceSequence): Promise<Answered> {
    if (isComputed(this.#job.prefix.header.endpoint)) return this.#compute(sequence);
    let prepared: PreparedAnswer;
    try {
      prepared = await prepareAnswer(this.#environment, this.#job, sequence);
    } catch (error) {
      await sequence.release();
      return this.#refuse(asRequestError(error));
    }
    if (prepared.continues.length > 0) this.#io.continues(prepared.continues);
    const answer = this.#begin(prepared);
    try {
      const outcome = await this.#generate(answer, prepared, sequence);
      return await this.#conclude(answer, prepared, outcome);
    } finally {
      await sequence.release();
    }
  }

  /** An answer without tokens of output. */
  async #compute(sequence: InferenceSequence): Promise<Answered> {
    const { header } = this.#job.prefix;
    try {
      const answer = await prepareComputed(this.#environment, this.#job, sequence);
      const input = { inputTokens: answer.inputTokens, cachedInputTokens: 0 };
      if (affordableOutputTokens({ ...header, maxOutputTokens: 1, priceOutput: 0n }, input) < 1)
        throw tooExpensive(header, input);
      await this.#stream.head(200, 'application/json');
      return await this.#concludeComputed(answer);
    } catch (error) {
      return this.#refuse(asRequestError(error));
    } finally {
      await sequence.release();
    }
  }

  async #concludeComputed({ inputTokens, compute }: ComputedAnswer): Promise<Answered> {
    try {
      const { body, items } = await compute(this.#io.signal);
      await this.#stream.data(JSON.stringify(body));
      this.#meter.answerWith(items, inputTokens, this.#environment.clock.nowMs());
      return await this.#close('stop');
    } catch {
      const outcome = this.#io.signal.aborted ? 'cancelled' : 'providerError';
      const { status, code } = failures[outcome];
      return this.#close(outcome, { status, body: JSON.stringify(serverErrorEnvelope(code)) });
    }
  }

  /** What went before is told again where the answer is one piece, and to nobody where the client has it already. */
  #begin({ request, usageBefore, billedInput, said, started, isContinuable }: PreparedAnswer): AnswerEncoder {
    const { modelName, modelDigest } = this.#environment;
    const id = started?.id ?? `${request.idPrefix}${this.#job.prefix.header.jobId.slice(2, 26)}`;
    const answer = request.encoder({
      id,
      key: id.slice(request.idPrefix.length),
      createdUnixSec: started?.created ?? Math.floor(this.#job.acceptedAtMs / 1000),
      model: modelName,
      fingerprint: modelDigest.slice(2, 18),
    });
    Object.assign(this.#meter, billedInput);
    this.#isHeldBack = this.#job.opened.padClass === 2 || !(answer.isStreaming || isContinuable);
    this.#opening = started ? '' : answer.start() + answer.begin(0);
    if (said && (started || !answer.isStreaming)) answer.resume(0, said, usageBefore.outputTokens);
    if (said && !answer.isStreaming) this.#meter.addOutput(0, said);
    return answer;
  }

  async #generate(
    answer: AnswerEncoder,
    prepared: PreparedAnswer,
    sequence: InferenceSequence,
  ): Promise<Outcome> {
    const { request, first } = prepared;
    const { orderHash } = this.#job.prefix.header;
    const reasons: FinishedReason[] = [];
    try {
      await this.#stream.head(200, answer.contentType);
      for (const [choice, generation] of request.generations.entries()) {
        if (choice > 0) this.#opening += answer.begin(choice);
        const next = choice === 0 ? first : await sequence.prepare(generation, orderHash);
        const reason = await this.#generateChoice(answer, prepared, choice, next);
        if (reason === 'cancelled' || reason === 'providerError') return reason;
        this.#opening += answer.end(choice, reason);
        reasons.push(reason);
      }
      return outcomeOf(reasons);
    } catch {
      return 'providerError'; // the cause may hold the prompt: it must not leave the enclave, not even for a log
    }
  }

  async #generateChoice(
    answer: AnswerEncoder,
    { maxTokens, maxTokensPerChoice, isContinuable }: PreparedAnswer,
    choice: number,
    generation: PreparedGeneration,
  ): Promise<FinishedReason | 'cancelled' | 'providerError'> {
    const limit = Math.min(maxTokens - this.#meter.outputTokens, maxTokensPerChoice, generation.freeTokens);
    const batch = new OutputBatch();
    let hasCalled = generation.emitted.toolCalls.length > 0;
    let tokens = 0;
    for await (const event of generation.run(limit, this.#io.signal)) {
      if (event.kind === 'output') {
        batch.add(event);
        hasCalled ||= event.toolCalls.length > 0;
        tokens += tokensOf(event);
        if (tokens > limit) throw new RangeError('the engine exceeded its token limit');
      }
      const isEnd = event.kind === 'end';
      if (isEnd ? event.reason !== 'cancelled' : batch.isDue(this.#environment.clock.nowMs()))
        await this.#deliver(answer, batch, choice, isContinuable);
      if (isEnd) return event.reason === 'stop' && hasCalled ? 'tool_calls' : event.reason;
      await this.#billIfDue();
    }
    return 'providerError'; // an engine that ends without saying so has failed
  }

  /** Output counts once it is in a frame: what a cancelled job had not delivered is not billed. */
  async #deliver(
    answer: AnswerEncoder,
    batch: OutputBatch,
    choice: number,
    isContinuable: boolean,
  ): Promise<void> {
    const nowMs = this.#environment.clock.nowMs();
    const output = batch.take(nowMs);
    if (!output) return;
    const bytes = this.#opened(answer.output(choice, output));
    if (isContinuable && output.tokenIds.length > 0) await this.#stream.output(output.tokenIds, bytes);
    else if (bytes !== '') await this.#stream.data(bytes);
    this.#meter.addOutput(choice, output);
    this.#meter.addTokens(tokensOf(output), nowMs);
  }

  async #billIfDue(): Promise<void> {
    const { outputTokens } = this.#meter;
    if (outputTokens === 0 || this.#isHeldBack) return;
    if (!this.#schedule.isDue(this.#environment.clock.nowMs(), outputTokens)) return;
    await pause(ON_ITS_WAY_MS);
    await this.#stream.interim(asPayload(this.#issue('interim')));
  }

  async #conclude(
    answer: AnswerEncoder,
    { usageBefore }: PreparedAnswer,
    outcome: Outcome,
  ): Promise<Answered> {
    if (outcome !== 'cancelled' && outcome !== 'providerError') {
      const outputTokens = usageBefore.outputTokens + this.#meter.outputTokens;
      await this.#stream.data(this.#opened(answer.finish({ ...usageBefore, outputTokens })));
      return this.#close(outcome);
    }
    const isTextLost = !answer.isStreaming;
    this.#meter.breakOff({ isTextLost, areTokensLost: isTextLost && this.#isHeldBack });
    const { status, code } = failures[outcome];
    return this.#close(outcome, { status, body: answer.fail(serverErrorEnvelope(code)) });
  }

  /** The request cannot be served: an error for the buyer and a receipt over nothing, which frees its cap. */
  async #refuse(error: RequestError): Promise<Answered> {
    await this.#stream.head(error.status, 'application/json');
    await this.#stream.data(JSON.stringify(envelopeOf(error) satisfies ErrorEnvelope));
    return this.#close('cancelled');
  }

  async #close(outcome: Outcome, failure?: ResponseFinal['failure']): Promise<Answered> {
    await this.#stream.flush();
    const issued = this.#issue(outcome);
    await this.#stream.final({
      usage: this.#meter.usage(),
      finishReason: finishReasonOf[outcome],
      ...(failure && { failure }),
      ...asPayload(issued),
    });
    return { outcome: issued.receipt.execution.outcome, issued };
  }

  #issue(outcome: Outcome | 'interim'): IssuedReceipt {
    const { book, clock } = this.#environment;
    const { orderHash } = this.#job.prefix.header;
    const execution = this.#meter.execution(outcome, this.#stream.ciphertextHash(), clock.nowMs());
    const issued = book.issue(orderHash, execution, outcome !== 'interim');
    this.#io.receipt(issued, book.account(orderHash).highestCap as SignedCap); // admission noted this job's own
    return issued;
  }

  #opened(text: string): string {
    const opened = this.#opening + text;
    this.#opening = '';
    return opened;
  }
}

function asPayload({ receipt, signature }: IssuedReceipt) {
  return { receipt: z.encode(receiptCodec, receipt) as Record<string, unknown>, signature };
}

function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof EnclaveError && error.code === 'context_length_exceeded') {
    return new RequestError('context_length_exceeded', error.message, 'messages');
  }
  if (error instanceof EnclaveError && error.code === 'malformed_request') {
    return new RequestError('invalid_request', error.message);
  }
  if (error instanceof EnclaveError && error.code === 'unsupported_parameter') {
    return new RequestError('unsupported_parameter', error.message, error.details?.['param'] as string);
  }
  if (error instanceof UnsupportedSchema)
    return new RequestError(
      'unsupported_parameter',
      `Unsupported JSON schema: ${error.message}.`,
      'response_format',
    );
  return new RequestError('provider_error', 'The model failed to answer.');
}
