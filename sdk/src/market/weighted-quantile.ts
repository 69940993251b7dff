export interface Weighted {
  readonly at: number;
  readonly weight: bigint;
}

/** The lowest `at` up to which lies at least `percent` of the weight; undefined where there is no weight. */
export function weightedQuantile(points: readonly Weighted[], percent: number): number | undefined {
  const ascending = points.filter(({ weight }) => weight > 0n).sort((a, b) => a.at - b.at);
  const total = weightOf(ascending);
  let below = 0n;
  return ascending.find(({ weight }) => {
    below += weight;
    return below * 100n >= total * BigInt(percent);
  })?.at;
}

export function weightOf(points: readonly Weighted[]): bigint {
  return points.reduce((sum, { weight }) => sum + weight, 0n);
}
