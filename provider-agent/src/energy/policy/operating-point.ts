/** What the node does at full use of one setting: a row of the calibration table. Rows are kept in order of `watts`. */
export type OperatingPoint = {
  /** Jobs at the same time. */
  readonly slots: number;
  /** Set only where a GPU can be capped. */
  readonly powerCapW: number | undefined;
  /** The whole node, its idle draw included. */
  readonly watts: number;
  /** Output tokens of all jobs together. */
  readonly tokensPerSecond: number;
  /** How fast prompts are read, of all jobs together. */
  readonly inputTokensPerSecond: number;
  readonly joulesPerInputToken: number;
  readonly joulesPerOutputToken: number;
};

/** Index of the largest point that stays within `capW`; −1 when none does. */
export function largestWithin(points: readonly OperatingPoint[], capW: number): number {
  let index = points.length - 1;
  while (index >= 0 && (points[index]?.watts ?? 0) > capW) index -= 1;
  return index;
}

/** The most profitable point within `capW`: more watts are not always more profit. */
export function bestWithin(
  points: readonly OperatingPoint[],
  capW: number,
  profitPerHour: readonly number[] | undefined,
): number {
  let best = largestWithin(points, capW);
  if (!profitPerHour) return best;
  for (let index = best - 1; index >= 0; index -= 1)
    if ((profitPerHour[index] ?? 0) > (profitPerHour[best] ?? 0)) best = index;
  return best;
}
