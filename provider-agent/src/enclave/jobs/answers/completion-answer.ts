import type { TokenLogprob } from '../../inference/engine.ts';
import { type AnswerEncoder, type AnswerFacts, EVENT_STREAM, sse } from './answer-encoder.ts';
import { usageJson } from './chat-answer.ts';
import { wholeAnswer } from './whole-answer.ts';

export function completionStream(facts: AnswerFacts, includeUsage: boolean): AnswerEncoder {
  const offsets = new Map<number, number>();
  const chunk = (choices: readonly unknown[], usage: unknown = null) =>
    sse({ ...common(facts), choices, ...(includeUsage ? { usage } : {}) });
  const piece = (index: number, text: string, logprobs: unknown, finishReason: string | null) =>
    chunk([{ index, text, logprobs, finish_reason: finishReason }]);
  return {
    contentType: EVENT_STREAM,
    isStreaming: true,
    start: () => '',
    begin: () => '',
    output: (choice, { text, logprobs }) => {
      if (text === '' && logprobs.length === 0) return '';
      const offset = offsets.get(choice) ?? 0;
      offsets.set(choice, offset + text.length);
      return piece(choice, text, logprobsJson(logprobs, offset), null);
    },
    end: (choice, reason) => piece(choice, '', null, reason),
    finish: (usage) => `${includeUsage ? chunk([], usageJson(usage)) : ''}data: [DONE]\n\n`,
    fail: sse,
    resume: (choice, { text }) => {
      offsets.set(choice, text.length);
    },
  };
}

export const completionJson = (facts: AnswerFacts): AnswerEncoder =>
  wholeAnswer(facts, (choices, usage) => ({
    ...common(facts),
    choices: choices.map(({ text, logprobs, reason }, index) => ({
      index,
      text,
      logprobs: logprobsJson(logprobs, 0),
      finish_reason: reason,
    })),
    usage: usageJson(usage),
  }));

function common({ id, createdUnixSec, model, fingerprint }: AnswerFacts) {
  return { id, object: 'text_completion', created: createdUnixSec, model, system_fingerprint: fingerprint };
}

/** Completions' form of probabilities, in columns. */
function logprobsJson(logprobs: readonly TokenLogprob[], textOffset: number) {
  if (logprobs.length === 0) return null;
  let offset = textOffset;
  return {
    tokens: logprobs.map(({ text }) => text),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) =>
      Object.fromEntries(top.map(({ text, logprob }) => [text, logprob])),
    ),
    text_offset: logprobs.map(({ text }) => {
      offset += text.length;
      return offset - text.length;
    }),
  };
}
