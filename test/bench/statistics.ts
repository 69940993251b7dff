/** The middle value; the mean of the two middle ones for an even count. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('median: expected at least one value');
  return (lower + upper) / 2;
}

/** The value below which `fraction` of all lie (nearest rank). @param sorted ascending, not empty */
export function percentile(sorted: Float64Array, fraction: number): number {
  const rank = Math.max(1, Math.ceil(fraction * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('percentile: expected at least one value');
  return value;
}

/** `digits` significant digits: a benchmark's noise is not worth printing. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}
