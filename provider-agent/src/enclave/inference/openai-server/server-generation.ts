import { z } from 'zod';
import type { GenerationEvent } from '../engine.ts';
import type { ToolCallPiece } from '../tools/tool.ts';
import type { ServerHttp } from './server-http.ts';

const callPiece = z.object({
  index: z.int().min(0).max(1000).default(0),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
const delta = z.object({
  content: z.string().nullish(),
  /** What a model thinks before it answers: tokens that are paid for, and no part of the answer. */
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z.array(callPiece).nullish(),
});
const usage = z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0).default(0) });
const chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: delta.nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .max(1),
  usage: usage.nullish(),
});
type Chunk = z.output<typeof chunk>;

const reasons = { stop: 'stop', length: 'length', tool_calls: 'stop' } as const;

export type ServerAnswer = {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** As it was counted before: what the buyer's cap was held against. */
  readonly promptTokens: number;
};

/**
 * One answer of the server. Its own counts have to agree: a piece is one token at least, the whole is what its usage says, and
 * its prompt has as many as it said before. Where they do not, nobody could say what to bill, and the answer has failed.
 */
export async function* generate(
  http: ServerHttp,
  { path, body, promptTokens }: ServerAnswer,
  maxTokens: number,
  signal: AbortSignal,
): AsyncGenerator<GenerationEvent, void, undefined> {
  if (maxTokens < 1) return yield { kind: 'end', reason: 'length' };
  const stream = { ...body, max_tokens: maxTokens, stream: true, stream_options: { include_usage: true } };
  let told = 0;
  let reason: keyof typeof reasons | undefined;
  let bill: z.output<typeof usage> | undefined;
  try {
    for await (const json of http.stream(path, stream, signal)) {
      const piece = chunk.parse(json);
      const said = saidIn(piece);
      bill = piece.usage ?? bill;
      reason = reasonIn(piece) ?? reason;
      if (!said) continue;
      told += 1;
      yield { kind: 'output', ...said, logprobs: [], tokenIds: [], namelessTokens: 1 };
    }
  } catch (error) {
    if (signal.aborted) return yield { kind: 'end', reason: 'cancelled' };
    throw error;
  }
  const rest = restOf(bill, promptTokens, told);
  if (rest > 0)
    yield { kind: 'output', text: '', toolCalls: [], logprobs: [], tokenIds: [], namelessTokens: rest };
  if (!reason) throw new Error('engine: it ended without a reason');
  yield { kind: 'end', reason: reasons[reason] };
}

function restOf(bill: z.output<typeof usage> | undefined, promptTokens: number, told: number): number {
  if (!bill) throw new Error('engine: it does not say what it has used');
  if (bill.prompt_tokens !== promptTokens)
    throw new Error(`engine: counted ${promptTokens} tokens of prompt before, ${bill.prompt_tokens} after`);
  if (bill.completion_tokens < told)
    throw new Error(`engine: sent ${told} pieces and counts ${bill.completion_tokens} tokens`);
  return bill.completion_tokens - told;
}

/** Undefined for a chunk that says nothing: the first one has a role, the last one the usage. */
function saidIn({ choices: [choice] }: Chunk): { text: string; toolCalls: ToolCallPiece[] } | undefined {
  const text = choice?.delta?.content ?? choice?.text ?? '';
  const calls = choice?.delta?.tool_calls ?? [];
  const thought = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning ?? '';
  if (text === '' && calls.length === 0 && thought === '') return undefined;
  return { text, toolCalls: calls.map(pieceOf) };
}

const pieceOf = ({ index, function: called }: z.output<typeof callPiece>): ToolCallPiece => ({
  index,
  ...(called?.name ? { name: called.name } : {}),
  arguments: called?.arguments ?? '',
});

function reasonIn({ choices: [choice] }: Chunk): keyof typeof reasons | undefined {
  const reason = choice?.finish_reason;
  if (reason == null) return undefined;
  if (Object.hasOwn(reasons, reason)) return reason as keyof typeof reasons;
  throw new Error('engine: it ended for a reason that is none of OpenAI’s');
}

/** By an answer of one token, of a server that counts in no other way. */
export async function countByAnswer(
  http: ServerHttp,
  path: string,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<number> {
  const answer = await http.post(path, { ...body, max_tokens: 1, stream: false }, signal);
  return z.object({ usage }).parse(answer).usage.prompt_tokens;
}
