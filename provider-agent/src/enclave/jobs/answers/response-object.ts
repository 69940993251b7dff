import type { AnswerFacts, Usage } from './answer-encoder.ts';

/** Of the request, what its response repeats. */
export type ResponseEcho = Readonly<Record<string, unknown>>;

export type ResponseState = {
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  readonly output: readonly unknown[];
  readonly usage: Usage | undefined;
};

export function responseObject(
  facts: AnswerFacts,
  echo: ResponseEcho,
  { status, output, usage }: ResponseState,
) {
  return {
    id: facts.id,
    object: 'response',
    created_at: facts.createdUnixSec,
    completed_at: status === 'in_progress' ? null : facts.createdUnixSec,
    status,
    background: false,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    max_tool_calls: null,
    model: facts.model,
    output,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    frequency_penalty: 0,
    presence_penalty: 0,
    truncation: 'disabled',
    usage: usage ? usageJson(usage) : null,
    user: null,
    ...echo,
  };
}

function usageJson({ inputTokens, cachedInputTokens, outputTokens }: Usage) {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
