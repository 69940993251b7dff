import { HearthError } from '../protocol/index.ts';

/** An OpenAI chat completion request; unknown parameters are the enclave's to refuse. */
export type ChatRequest = {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly stream?: boolean | null;
  readonly [parameter: string]: unknown;
};

/** What a job can use at most, before anybody has counted its tokens. */
export type JobBounds = {
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  readonly contextTokens: number;
};

const DEFAULT_MAX_OUTPUT_TOKENS = 256;
const MAX_OUTPUT_TOKENS = 2 ** 32 - 1;
const TEMPLATE_TOKENS = 64;
/** A conversation without a system message starts with the engine's own, of some 300 bytes. */
const DEFAULT_SYSTEM_PROMPT_TOKENS = 320;

/**
 * The enclave counts tokens; the buyer bounds them. A tokenizer yields at most a token per byte, and a chat
 * template adds a few per message.
 */
export function jobBounds(request: ChatRequest): JobBounds {
  const bytes = Buffer.byteLength(JSON.stringify(request.messages));
  const maxOutputTokens = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_MAX_OUTPUT_TOKENS;
  if (!Number.isInteger(maxOutputTokens) || maxOutputTokens < 1 || maxOutputTokens > MAX_OUTPUT_TOKENS) {
    throw new HearthError(
      'invalid_request',
      `max_tokens: expected a positive integer below 2^32, got ${maxOutputTokens}`,
      { details: { param: 'max_tokens' } },
    );
  }
  const startsWithSystem = ['system', 'developer'].includes(request.messages[0]?.role ?? '');
  return {
    inputTokens: bytes + TEMPLATE_TOKENS + (startsWithSystem ? 0 : DEFAULT_SYSTEM_PROMPT_TOKENS),
    maxOutputTokens,
    contextTokens: Math.ceil(bytes / 4) + Math.min(maxOutputTokens, 64),
  };
}

/** The most that a job within `bounds` costs at these prices, in pUSD. */
export function jobCapPicoUsd(
  bounds: JobBounds,
  prices: { readonly priceInput: bigint; readonly priceOutput: bigint },
): bigint {
  return BigInt(bounds.inputTokens) * prices.priceInput + BigInt(bounds.maxOutputTokens) * prices.priceOutput;
}
