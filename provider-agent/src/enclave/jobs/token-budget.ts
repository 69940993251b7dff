export type BudgetedHeader = {
  readonly priceInput: bigint;
  readonly priceCachedInput: bigint;
  readonly priceOutput: bigint;
  readonly capPicoUsd: bigint;
  readonly maxOutputTokens: number;
};

/** `cachedInputTokens` of the `inputTokens` were evaluated for an earlier job of the same order. */
export type InputTokens = { readonly inputTokens: number; readonly cachedInputTokens: number };

/**
 * Output tokens that the buyer's cap pays for once the prompt is paid, within the header's own limit. 0 or less: the
 * cap does not even pay for the prompt and one token.
 */
export function affordableOutputTokens(header: BudgetedHeader, input: InputTokens): number {
  const left =
    header.capPicoUsd -
    BigInt(input.inputTokens - input.cachedInputTokens) * header.priceInput -
    BigInt(input.cachedInputTokens) * header.priceCachedInput;
  if (left < 0n) return 0;
  if (header.priceOutput === 0n) return header.maxOutputTokens;
  const affordable = left / header.priceOutput;
  return affordable < BigInt(header.maxOutputTokens) ? Number(affordable) : header.maxOutputTokens;
}
