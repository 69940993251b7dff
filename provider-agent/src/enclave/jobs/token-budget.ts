export type BudgetedHeader = {
  readonly priceInput: bigint;
  readonly priceOutput: bigint;
  readonly capPicoUsd: bigint;
  readonly maxOutputTokens: number;
};

/**
 * Output tokens that the buyer's cap pays for once the prompt is paid, within the header's own limit. 0 or less: the
 * cap does not even pay for the prompt and one token. Nothing is cached between jobs, so all input has the full price.
 */
export function affordableOutputTokens(header: BudgetedHeader, inputTokens: number): number {
  const left = header.capPicoUsd - BigInt(inputTokens) * header.priceInput;
  if (left < 0n) return 0;
  if (header.priceOutput === 0n) return header.maxOutputTokens;
  const affordable = left / header.priceOutput;
  return affordable < BigInt(header.maxOutputTokens) ? Number(affordable) : header.maxOutputTokens;
}
