import { receiptCodec, type SignedCap } from '@hearth/sdk/protocol';
import type { FinishReason } from '@hearth/sdk/sealed-job';
import { z } from 'zod';
import { EnclaveError } from '../../channel/errors.ts';
import type { InferenceSequence, PreparedGeneration } from '../inference/engine.ts';
import type { IssuedReceipt } from '../receipts/order-account.ts';
import { ReceiptSchedule } from '../receipts/receipt-schedule.ts';
import { type AnswerEncoder, eventStreamAnswer, jsonAnswer } from './chat-answer.ts';
import { type ChatRequest, parseChatRequest } from './chat-request.ts';
import type { JobEnvironment } from './environment.ts';
import type { JobIo } from './job-io.ts';
import { JobMeter, type MeteredJob } from './job-meter.ts';
import { type ErrorEnvelope, envelopeOf, RequestError, serverErrorEnvelope } from './request-error.ts';
import type { ResponseStream } from './response-stream.ts';
import { TextBatch } from './text-batch.ts';
import { affordableOutputTokens, type InputTokens } from './token-budget.ts';

export type Answered = { readonly outcome: number; readonly issued: IssuedReceipt };

/** Outcomes of a job that was admitted; the names are those of the final frame and, but for case, of the receipt. */
type Outcome = 'stop' | 'length' | 'cancelled' | 'providerError';
const finishReasonOf = {
  stop: 'stop',
  length: 'length',
  cancelled: 'cancelled',
  providerError: 'provider_error',
} as const satisfies Record<Outcome, FinishReason>;

/** Answers one opened request: generation, sealed frames, interim receipts and the final one. */
export class Answer {
  readonly #environment: JobEnvironment;
  readonly #job: MeteredJob;
  readonly #io: JobIo;
  readonly #stream: ResponseStream;
  readonly #meter: JobMeter;
  readonly #schedule: ReceiptSchedule;

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
    let prepared: { chat: ChatRequest; generation: PreparedGeneration; maxTokens: number };
    try {
      prepared = this.#prepare(sequence);
    } catch (error) {
      await sequence.release();
      return this.#refuse(asRequestError(error));
    }
    const { chat, generation, maxTokens } = prepared;
    const answer = this.#encoder(chat);
    Object.assign(this.#meter, inputOf(generation));
    try {
      const outcome = await this.#generate(answer, generation, maxTokens);
      return this.#conclude(answer, outcome);
    } finally {
      await sequence.release();
    }
  }

  /** @throws RequestError, EnclaveError `context_length_exceeded` */
  #prepare(sequence: InferenceSequence) {
    const { modelName, modelDigest } = this.#environment;
    const chat = parseChatRequest(this.#job.request, [modelName, modelDigest]);
    const { header } = this.#job.prefix;
    const generation = sequence.prepare(chat.generation, header.orderHash);
    const affordable = affordableOutputTokens(header, inputOf(generation));
    if (affordable < 1) {
      throw new RequestError(
        'insufficient_funds',
        `The job's cap of ${header.capPicoUsd} pUSD does not pay for its ${generation.promptTokens} prompt tokens and one token of output.`,
      );
    }
    return {
      chat,
      generation,
      maxTokens: Math.min(affordable, generation.freeTokens, chat.maxTokens ?? affordable),
    };
  }

  async #generate(
    answer: AnswerEncoder,
    generation: PreparedGeneration,
    maxTokens: number,
  ): Promise<Outcome> {
    try {
      if (answer.isStreaming) await this.#stream.head(200, answer.contentType);
      await this.#send(answer.start());
      const batch = new TextBatch();
      for await (const event of generation.run(maxTokens, this.#io.signal)) {
        if (event.kind === 'text') batch.add(event.text, event.tokenIds.length);
        const isWhole = event.kind === 'end' && event.reason !== 'cancelled';
        if (isWhole || batch.isDue(this.#environment.clock.nowMs()))
          await this.#deliver(answer, batch, maxTokens);
        if (event.kind === 'end') return event.reason;
      }
      return 'providerError'; // an engine that ends without saying so has failed
    } catch {
      return 'providerError'; // the cause may hold the prompt: it must not leave the enclave, not even for a log
    }
  }

  /** Output counts once it is in a frame: what a cancelled job had not delivered is not billed. */
  async #deliver(answer: AnswerEncoder, batch: TextBatch, maxTokens: number): Promise<void> {
    const nowMs = this.#environment.clock.nowMs();
    const { text, tokens } = batch.take(nowMs);
    if (this.#meter.outputTokens + tokens > maxTokens)
      throw new RangeError('the engine exceeded its token limit');
    await this.#send(text === '' ? '' : answer.text(text));
    this.#meter.addOutput(text, tokens, nowMs);
    if (this.#schedule.isDue(nowMs, this.#meter.outputTokens)) {
      const issued = this.#issue('interim');
      await this.#stream.interim(asPayload(issued));
    }
  }

  async #conclude(answer: AnswerEncoder, outcome: Outcome): Promise<Answered> {
    if (outcome === 'stop' || outcome === 'length') {
      if (!answer.isStreaming) await this.#stream.head(200, answer.contentType);
      await this.#send(answer.finish(outcome, this.#meter.usage()));
      return this.#close(outcome);
    }
    const envelope = serverErrorEnvelope(
      finishReasonOf[outcome] === 'cancelled' ? 'cancelled' : 'provider_error',
    );
    if (!answer.isStreaming) {
      this.#meter.outputText = ''; // the buyer gets none of it, so the commitment must not claim it
      await this.#stream.head(outcome === 'cancelled' ? 499 : 500, answer.contentType);
    }
    await this.#send(answer.fail(envelope));
    return this.#close(outcome);
  }

  /** The request cannot be served: an error for the buyer and a receipt over nothing, which frees its cap. */
  async #refuse(error: RequestError): Promise<Answered> {
    await this.#stream.head(error.status, 'application/json');
    await this.#send(JSON.stringify(envelopeOf(error) satisfies ErrorEnvelope));
    return this.#close('cancelled');
  }

  async #close(outcome: Outcome): Promise<Answered> {
    await this.#stream.flush();
    const issued = this.#issue(outcome);
    await this.#stream.final({
      usage: this.#meter.usage(),
      finishReason: finishReasonOf[outcome],
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

  #encoder(chat: ChatRequest): AnswerEncoder {
    const { modelName, modelDigest } = this.#environment;
    const facts = {
      id: `chatcmpl-${this.#job.prefix.header.jobId.slice(2, 26)}`,
      createdUnixSec: Math.floor(this.#job.acceptedAtMs / 1000),
      model: modelName,
      fingerprint: modelDigest.slice(2, 18),
    };
    return chat.stream ? eventStreamAnswer(facts, chat.includeUsage) : jsonAnswer(facts);
  }

  #send(text: string): Promise<void> {
    return text === '' ? Promise.resolve() : this.#stream.data(text);
  }
}

function inputOf({ promptTokens, cachedTokens }: PreparedGeneration): InputTokens {
  return { inputTokens: promptTokens, cachedInputTokens: cachedTokens };
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
