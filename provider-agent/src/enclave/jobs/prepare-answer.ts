import type { Hex } from '@hearth/attestation/receipt';
import type { Continuation } from '@hearth/sdk/protocol';
import type {
  GenerationRequest,
  InferenceSequence,
  Output,
  PreparedGeneration,
} from '../inference/engine.ts';
import type { Usage } from './answers/answer-encoder.ts';
import { assertShown, cannotContinue, enclavesOf, splitRequest } from './continuation.ts';
import type { JobEnvironment } from './environment.ts';
import type { MeteredJob } from './job-meter.ts';
import { RequestError } from './request-error.ts';
import { readTextRequest } from './requests/read-text-request.ts';
import type { TextRequest } from './requests/text-request.ts';
import { affordableOutputTokens, type InputTokens } from './token-budget.ts';

/** One answer as it will be generated and billed. */
export type PreparedAnswer = {
  readonly request: TextRequest;
  /** That of the first choice. Those of others are prepared when their turn comes. */
  readonly first: PreparedGeneration;
  /** Of new output, all choices together. */
  readonly maxTokens: number;
  /** Of new output, each choice. */
  readonly maxTokensPerChoice: number;
  /** Enclaves by whose receipts this one goes on. */
  readonly continues: readonly Hex[];
  /** Input that this job is paid for: nothing, where an enclave before was paid for it with its first output. */
  readonly billedInput: InputTokens;
  /** What the client is told of the whole answer, before any new output. */
  readonly usageBefore: Usage;
  /** What earlier enclaves have said of this answer; undefined where none has. */
  readonly said: Output | undefined;
  /** The chunks that the client has seen of this answer; undefined where it has seen none. */
  readonly started: Continuation['started'];
  /** Whether its tokens are told, so that another enclave can go on. */
  readonly isContinuable: boolean;
};

/** @throws RequestError, EnclaveError `context_length_exceeded` */
export async function prepareAnswer(
  { modelName, modelDigest, marketDomain: domain, clock, guard, engine }: JobEnvironment,
  job: MeteredJob,
  sequence: InferenceSequence,
): Promise<PreparedAnswer> {
  const { header } = job.prefix;
  const { client, continuation } = splitRequest(job.request, header.attempt);
  const request = readTextRequest(header.endpoint, client, [modelName, modelDigest]);
  const isContinuable = engine.isContinuable && request.generations.length === 1;
  const emittedTokens = continuation?.tokens ?? [];
  const isGoingOn = emittedTokens.length > 0;
  if (isGoingOn && !engine.isContinuable) throw cannotContinue('this engine does not go on from tokens');
  if (isGoingOn && !isContinuable) throw cannotContinue('several choices cannot be taken up');
  const { first, input } = await prepareInput(request, emittedTokens, sequence, header.orderHash);
  const promptTokens = input.inputTokens;
  const continued = { domain, header, promptTokens, nowMs: clock.nowMs() };
  const isPromptPaid = isGoingOn && continuation !== undefined && assertShown(continuation, continued);
  if (isPromptPaid && !guard.noteContinued(header.previousJobId as Hex, job.opened.keyId))
    throw cannotContinue('this enclave has gone on from that job before');
  const billedInput = isPromptPaid ? { inputTokens: 0, cachedInputTokens: 0 } : input;
  const affordable = affordableOutputTokens(header, billedInput);
  if (affordable < 1 && !(isGoingOn && header.maxOutputTokens === 0)) throw tooExpensive(header, billedInput);
  const wanted = (request.maxTokens ?? Number.POSITIVE_INFINITY) - emittedTokens.length;
  return {
    request,
    first,
    maxTokens: Math.max(0, affordable),
    maxTokensPerChoice: Math.max(0, wanted),
    billedInput,
    continues: continuation ? enclavesOf(continuation) : [],
    usageBefore: { ...input, outputTokens: emittedTokens.length },
    said: isGoingOn ? first.emitted : undefined,
    started: isGoingOn ? continuation?.started : undefined,
    isContinuable,
  };
}

/** Counts every prompt once, and leaves the first one prepared. */
async function prepareInput(
  { generations, choicesPerPrompt }: TextRequest,
  emittedTokens: readonly number[],
  sequence: InferenceSequence,
  tenant: string,
): Promise<{ first: PreparedGeneration; input: InputTokens }> {
  const [head, ...others] = generations.filter((_, choice) => choice % choicesPerPrompt === 0);
  if (!head) throw new RequestError('invalid_request', 'Expected a prompt.');
  const counted: PreparedGeneration[] = [];
  for (const generation of others) counted.push(await sequence.prepare(generation, tenant));
  const goOn: Partial<GenerationRequest> = emittedTokens.length > 0 ? { emittedTokens } : {};
  const first = await sequence.prepare({ ...head, ...goOn }, tenant);
  const all = [first, ...counted];
  const input = {
    inputTokens: all.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
    cachedInputTokens: all.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0),
  };
  return { first, input };
}

export function tooExpensive(
  { capPicoUsd }: { readonly capPicoUsd: bigint },
  { inputTokens }: InputTokens,
): RequestError {
  return new RequestError(
    'insufficient_funds',
    `The job's cap of ${capPicoUsd} pUSD does not pay for its ${inputTokens} prompt tokens and one token of output.`,
  );
}
