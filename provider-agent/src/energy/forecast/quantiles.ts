/** The value that one in ten, half and nine in ten lie below. */
export type Quantiles = { readonly p10: number; readonly p50: number; readonly p90: number };

/** By interpolation; of at least one value. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)] ?? Number.NaN;
    const above = sorted[Math.ceil(position)] ?? below;
    return below + (above - below) * (position - Math.floor(position));
  };
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}

/** Loss of having said that `share` of all outcomes lie below `said`: least for the true quantile. */
export function pinball(share: number, said: number, actual: number): number {
  return actual >= said ? share * (actual - said) : (1 - share) * (said - actual);
}

export const pinballOf = ({ p10, p50, p90 }: Quantiles, actual: number): number =>
  (pinball(0.1, p10, actual) + pinball(0.5, p50, actual) + pinball(0.9, p90, actual)) / 3;
