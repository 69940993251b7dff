import type { Output, RatedToken, TokenLogprob } from '../../inference/engine.ts';
import type { ToolCallPiece } from '../../inference/tools/tool.ts';
import { type AnswerFacts, callId, type FinishedReason } from './answer-encoder.ts';

export type CollectedCall = { id: string; type: 'function'; function: { name: string; arguments: string } };

/** One choice of an answer, put together from its pieces. */
export class CollectedChoice {
  text = '';
  readonly toolCalls: CollectedCall[] = [];
  readonly logprobs: TokenLogprob[] = [];
  reason: FinishedReason = 'stop';
  readonly #key: string;
  readonly #choice: number;

  constructor(key: string, choice: number) {
    this.#key = key;
    this.#choice = choice;
  }

  add({ text, toolCalls, logprobs }: Output): void {
    this.text += text;
    this.logprobs.push(...logprobs);
    for (const { index, name, arguments: json } of toolCalls) {
      if (name !== undefined)
        this.toolCalls[index] = {
          id: callId(this.#key, this.#choice, index),
          type: 'function',
          function: { name, arguments: '' },
        };
      const call = this.toolCalls[index];
      if (call) call.function.arguments += json;
    }
  }
}

/** Chat's form of the pieces of calls. */
export function callDeltas(pieces: readonly ToolCallPiece[], { key }: AnswerFacts, choice: number) {
  return merged(pieces).map(({ index, name, arguments: json }) =>
    name === undefined
      ? { index, function: { arguments: json } }
      : {
          index,
          id: callId(key, choice, index),
          type: 'function',
          function: { name, arguments: json },
        },
  );
}

function merged(pieces: readonly ToolCallPiece[]): ToolCallPiece[] {
  const byIndex = new Map<number, ToolCallPiece>();
  for (const piece of pieces) {
    const known = byIndex.get(piece.index);
    byIndex.set(piece.index, known ? { ...known, arguments: known.arguments + piece.arguments } : piece);
  }
  return [...byIndex.values()];
}

/** Chat's form of probabilities. */
export function logprobsJson(logprobs: readonly TokenLogprob[]) {
  if (logprobs.length === 0) return null;
  const content = logprobs.map((token) => ({ ...ratedJson(token), top_logprobs: token.top.map(ratedJson) }));
  return { content, refusal: null };
}

/** Bytes of a token that is a part of a code point are not known. */
export function ratedJson({ text, logprob }: RatedToken) {
  const bytes = text.includes('\uFFFD') ? null : [...new TextEncoder().encode(text)];
  return { token: text, logprob, bytes };
}
