import type { ErrorEnvelope } from './request-error.ts';

export type Usage = {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
};
export type FinishedReason = 'stop' | 'length';

/** Facts that every chunk of an answer repeats. */
export type AnswerFacts = {
  readonly id: string;
  readonly createdUnixSec: number;
  readonly model: string;
  readonly fingerprint: string;
};

/** An answer in OpenAI's bytes: as server-sent events while it comes, or as one JSON document at its end. */
export interface AnswerEncoder {
  readonly contentType: string;
  /** Bytes that can be sent before the outcome is known: then the status is 200, whatever happens. */
  readonly isStreaming: boolean;
  start(): string;
  text(delta: string): string;
  finish(reason: FinishedReason, usage: Usage): string;
  /** An answer that breaks off: never a clean end. */
  fail(envelope: ErrorEnvelope): string;
}

export function eventStreamAnswer(facts: AnswerFacts, includeUsage: boolean): AnswerEncoder {
  const chunk = (choices: readonly unknown[], usage: unknown = null) =>
    sse({ ...common(facts, 'chat.completion.chunk'), choices, ...(includeUsage ? { usage } : {}) });
  const delta = (content: unknown, finishReason: FinishedReason | null = null) =>
    chunk([{ index: 0, delta: content, logprobs: null, finish_reason: finishReason }]);
  return {
    contentType: 'text/event-stream; charset=utf-8',
    isStreaming: true,
    start: () => delta({ role: 'assistant', content: '' }),
    text: (content) => delta({ content }),
    finish: (reason, usage) =>
      `${delta({}, reason)}${includeUsage ? chunk([], usageJson(usage)) : ''}data: [DONE]\n\n`,
    fail: (envelope) => sse(envelope),
  };
}

export function jsonAnswer(facts: AnswerFacts): AnswerEncoder {
  let content = '';
  return {
    contentType: 'application/json',
    isStreaming: false,
    start: () => '',
    text: (delta) => {
      content += delta;
      return '';
    },
    finish: (reason, usage) => {
      const message = { role: 'assistant', content, refusal: null };
      const choices = [{ index: 0, message, logprobs: null, finish_reason: reason }];
      return JSON.stringify({ ...common(facts, 'chat.completion'), choices, usage: usageJson(usage) });
    },
    fail: (envelope) => JSON.stringify(envelope),
  };
}

function common({ id, createdUnixSec, model, fingerprint }: AnswerFacts, object: string) {
  return { id, object, created: createdUnixSec, model, system_fingerprint: fingerprint };
}

function usageJson({ inputTokens, cachedInputTokens, outputTokens }: Usage) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens },
  };
}

function sse(json: unknown): string {
  return `data: ${JSON.stringify(json)}\n\n`;
}
