import { receiptCodec, type SignedCap } from '@hearth/sdk/protocol';
import type { FinishReason, ResponseFinal } from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import { EnclaveError } from '../../channel/errors.ts';
import type { InferenceSequence } from '../inference/engine.ts';
import type { IssuedReceipt } from '../receipts/order-account.ts';
import { ReceiptSchedule } from '../receipts/receipt-schedule.ts';
import { type AnswerEncoder, eventStreamAnswer, jsonAnswer } from './chat-answer.ts';
import type { JobEnvironment } from './environment.ts';
import type { JobIo } from './job-io.ts';
import { JobMeter, type MeteredJob } from './job-meter.ts';
import { type PreparedAnswer, prepareAnswer } from './prepare-answer.ts';
import { type ErrorEnvelope, envelopeOf, RequestError, serverErrorEnvelope } from './request-error.ts';
import type { ResponseStream } from './response-stream.ts';
import { TextBatch } from './text-batch.ts';

export type Answered = { readonly outcome: number; readonly issued: IssuedReceipt };

/** Outcomes of a job that was admitted; the names are those of the final frame and, but for case, of the receipt. */
type Outcome = 'stop' | 'length' | 'cancelled' | 'providerError';
const finishReasonOf = {
  stop: 'stop',
  length: 'length',
  cancelled: 'cancelled',
  providerError: 'provider_error',
} as const satisfies Record<Outcome, FinishReason>;

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
  /** Said before the first text. */
  #opening = '';

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
    let prepared: PreparedAnswer;
    try {
      prepared = prepareAnswer(this.#environment, this.#job, sequence);
    } catch (error) {
      await sequence.release();
      return this.#refuse(asRequestError(error));
    }
    const answer = this.#begin(prepared);
    try {
      const outcome = await this.#generate(answer, prepared);
      return await this.#conclude(answer, prepared, outcome);
    } finally {
      await sequence.release();
    }
  }

  /** What went before is told again where the answer is one piece, and to nobody where the client has it already. */
  #begin({ chat, generation, billedInput, started }: PreparedAnswer): AnswerEncoder {
    const { modelName, modelDigest } = this.#environment;
    const facts = {
      id: started?.id ?? `chatcmpl-${this.#job.prefix.header.jobId.slice(2, 26)}`,
      createdUnixSec: started?.created ?? Math.floor(this.#job.acceptedAtMs / 1000),
      model: modelName,
      fingerprint: modelDigest.slice(2, 18),
    };
    Object.assign(this.#meter, billedInput);
    if (chat.stream) {
      const answer = eventStreamAnswer(facts, chat.includeUsage);
      this.#opening = started ? '' : answer.start();
      return answer;
    }
    const answer = jsonAnswer(facts);
    answer.text(generation.emittedText);
    this.#meter.outputText = generation.emittedText;
    return answer;
  }

  async #generate(answer: AnswerEncoder, { generation, maxTokens }: PreparedAnswer): Promise<Outcome> {
    try {
      await this.#stream.head(200, answer.contentType);
      if (maxTokens === 0) return 'length';
      const batch = new TextBatch();
      for await (const event of generation.run(maxTokens, this.#io.signal)) {
        if (event.kind === 'text') batch.add(event.text, event.tokenIds);
        const isEnd = event.kind === 'end';
        if (isEnd ? event.reason !== 'cancelled' : batch.isDue(this.#environment.clock.nowMs()))
          await this.#deliver(answer, batch, maxTokens);
        if (isEnd) return event.reason;
        await this.#billIfDue();
      }
      return 'providerError'; // an engine that ends without saying so has failed
    } catch {
      return 'providerError'; // the cause may hold the prompt: it must not leave the enclave, not even for a log
    }
  }

  /** Output counts once it is in a frame: what a cancelled job had not delivered is not billed. */
  async #deliver(answer: AnswerEncoder, batch: TextBatch, maxTokens: number): Promise<void> {
    const nowMs = this.#environment.clock.nowMs();
    const { text, tokenIds } = batch.take(nowMs);
    if (tokenIds.length === 0) return;
    if (this.#meter.outputTokens + tokenIds.length > maxTokens)
      throw new RangeError('the engine exceeded its token limit');
    await this.#stream.output(tokenIds, this.#opened(text === '' ? '' : answer.text(text)));
    this.#meter.addOutput(text, tokenIds.length, nowMs);
  }

  async #billIfDue(): Promise<void> {
    const { outputTokens } = this.#meter;
    if (outputTokens === 0 || this.#isHeldBack) return;
    if (!this.#schedule.isDue(this.#environment.clock.nowMs(), outputTokens)) return;
    await this.#stream.interim(asPayload(this.#issue('interim')));
  }

  async #conclude(
    answer: AnswerEncoder,
    { usageBefore }: PreparedAnswer,
    outcome: Outcome,
  ): Promise<Answered> {
    if (outcome === 'stop' || outcome === 'length') {
      const outputTokens = usageBefore.outputTokens + this.#meter.outputTokens;
      await this.#stream.data(this.#opened(answer.finish(outcome, { ...usageBefore, outputTokens })));
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

  /** Strict padding delivers nothing before the end: neither text nor the tokens that another enclave could go on from. */
  get #isHeldBack(): boolean {
    return this.#job.opened.padClass === 2;
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
  return new RequestError('provider_error', 'The model failed to answer.');
}
