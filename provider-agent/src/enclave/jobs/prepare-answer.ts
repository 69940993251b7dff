import type { Continuation } from '@hearth/sdk/protocol';
import type { InferenceSequence, PreparedGeneration } from '../inference/engine.ts';
import type { Usage } from './chat-answer.ts';
import { type ChatRequest, parseChatRequest } from './chat-request.ts';
import { splitRequest } from './continuation.ts';
import type { JobEnvironment } from './environment.ts';
import type { MeteredJob } from './job-meter.ts';
import { RequestError } from './request-error.ts';
import { affordableOutputTokens, type InputTokens } from './token-budget.ts';

/** One answer as it will be generated and billed. */
export type PreparedAnswer = {
  readonly chat: ChatRequest;
  readonly generation: PreparedGeneration;
  /** Of new output. */
  readonly maxTokens: number;
  /** Input that this job is paid for: of an answer that goes on, the enclave before was paid with its first output. */
  readonly billedInput: InputTokens;
  /** What the client is told of the whole answer, before any new output. */
  readonly usageBefore: Usage;
  /** The chunks that the client has seen of this answer; undefined where it has seen none. */
  readonly started: Continuation['started'];
};

/** @throws RequestError, EnclaveError `context_length_exceeded` */
export function prepareAnswer(
  { modelName, modelDigest }: JobEnvironment,
  job: MeteredJob,
  sequence: InferenceSequence,
): PreparedAnswer {
  const { header } = job.prefix;
  const { client, continuation } = splitRequest(job.request, header.attempt);
  const chat = parseChatRequest(client, [modelName, modelDigest]);
  const emittedTokens = continuation?.tokens ?? [];
  const goOn = emittedTokens.length > 0 ? { emittedTokens } : {};
  const generation = sequence.prepare({ ...chat.generation, ...goOn }, header.orderHash);
  const { promptTokens, cachedTokens, freeTokens } = generation;
  const input = { inputTokens: promptTokens, cachedInputTokens: cachedTokens };
  const isGoingOn = emittedTokens.length > 0;
  const billedInput = isGoingOn ? { inputTokens: 0, cachedInputTokens: 0 } : input;
  const affordable = affordableOutputTokens(header, billedInput);
  if (affordable < 1 && !(isGoingOn && header.maxOutputTokens === 0))
    throw new RequestError(
      'insufficient_funds',
      `The job's cap of ${header.capPicoUsd} pUSD does not pay for its ${billedInput.inputTokens} prompt tokens and one token of output.`,
    );
  const wanted = (chat.maxTokens ?? Number.POSITIVE_INFINITY) - emittedTokens.length;
  return {
    chat,
    generation,
    maxTokens: Math.max(0, Math.min(affordable, freeTokens, wanted)),
    billedInput,
    usageBefore: { ...input, outputTokens: emittedTokens.length },
    started: isGoingOn ? continuation?.started : undefined,
  };
}
