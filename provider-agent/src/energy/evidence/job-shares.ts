export type JobWork = {
  readonly leaseId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
};

/**
 * Shares of an interval's joules by tokens, weighted with what an input and an output token cost at the calibrated point.
 * They sum to `milliJoules` exactly: what is left by rounding goes to the largest remainders.
 */
export function shareEnergy(
  milliJoules: number,
  jobs: readonly JobWork[],
  joulesPerInputToken: number,
  joulesPerOutputToken: number,
): number[] {
  const weights = jobs.map(
    ({ inputTokens, outputTokens }) =>
      inputTokens * joulesPerInputToken + outputTokens * joulesPerOutputToken,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return jobs.map(() => 0);
  const exact = weights.map((weight) => (milliJoules * weight) / total);
  const shares = exact.map(Math.floor);
  const left = milliJoules - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}
