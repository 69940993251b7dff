export function meanOf<T>(list: readonly T[], value: (item: T) => number): number {
  return list.reduce((sum, item) => sum + value(item), 0) / list.length;
}

/** Standard deviation over the list, rounded. */
export function spreadOf<T>(list: readonly T[], value: (item: T) => number): number {
  const mean = meanOf(list, value);
  return Math.round(Math.sqrt(meanOf(list, (item) => (value(item) - mean) ** 2)));
}
