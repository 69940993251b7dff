import {
  type AnswerEncoder,
  type AnswerFacts,
  EVENT_STREAM,
  type FinishedReason,
  sse,
  type Usage,
} from './answer-encoder.ts';
import { type CollectedChoice, callDeltas, logprobsJson } from './chat-choices.ts';
import { wholeAnswer } from './whole-answer.ts';

export function chatStream(facts: AnswerFacts, includeUsage: boolean): AnswerEncoder {
  const chunk = (choices: readonly unknown[], usage: unknown = null) =>
    sse({ ...common(facts, 'chat.completion.chunk'), choices, ...(includeUsage ? { usage } : {}) });
  const delta = (
    index: number,
    content: unknown,
    logprobs: unknown = null,
    finishReason: FinishedReason | null = null,
  ) => chunk([{ index, delta: content, logprobs, finish_reason: finishReason }]);
  return {
    contentType: EVENT_STREAM,
    isStreaming: true,
    start: () => '',
    begin: (choice) => delta(choice, { role: 'assistant', content: '' }),
    output: (choice, { text, toolCalls, logprobs }) => {
      if (text === '' && toolCalls.length === 0 && logprobs.length === 0) return '';
      const calls = toolCalls.length > 0 ? { tool_calls: callDeltas(toolCalls, facts, choice) } : {};
      const content = text === '' && toolCalls.length > 0 ? {} : { content: text };
      return delta(choice, { ...content, ...calls }, logprobsJson(logprobs));
    },
    end: (choice, reason) => delta(choice, {}, null, reason),
    finish: (usage) => `${includeUsage ? chunk([], usageJson(usage)) : ''}data: [DONE]\n\n`,
    fail: sse,
    resume: () => {}, // each chunk stands for itself
  };
}

export const chatJson = (facts: AnswerFacts): AnswerEncoder =>
  wholeAnswer(facts, (choices, usage) => ({
    ...common(facts, 'chat.completion'),
    choices: choices.map(choiceJson),
    usage: usageJson(usage),
  }));

function choiceJson({ text, toolCalls, logprobs, reason }: CollectedChoice, index: number) {
  const isCall = toolCalls.length > 0;
  return {
    index,
    message: {
      role: 'assistant',
      content: isCall && text === '' ? null : text,
      refusal: null,
      ...(isCall ? { tool_calls: toolCalls } : {}),
    },
    logprobs: logprobsJson(logprobs),
    finish_reason: reason,
  };
}

function common({ id, createdUnixSec, model, fingerprint }: AnswerFacts, object: string) {
  return { id, object, created: createdUnixSec, model, system_fingerprint: fingerprint };
}

export function usageJson({ inputTokens, cachedInputTokens, outputTokens }: Usage) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens },
  };
}
