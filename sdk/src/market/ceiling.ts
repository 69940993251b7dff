import { weightedQuantile } from './weighted-quantile.ts';

/** Median prices older than this no longer count. */
export const CEILING_MEMORY_MS = 7 * 24 * 3_600_000;
/** A pool with fewer receipts has no price that could be called usual. */
const LEAST_RECEIPTS = 1_000;
const HIGHEST_PPM = 1_000_000_000;

/** One period of a pool. */
export interface PricedPeriod {
  readonly receipts: number;
  readonly tokens: number;
  readonly pricePpm: number | null;
}

/** C: one and a half times the token-weighted median of a pool's prices over seven days, rounded down. */
export function ceilingPpmFloor(periods: readonly PricedPeriod[]): number | null {
  if (periods.reduce((sum, { receipts }) => sum + receipts, 0) < LEAST_RECEIPTS) return null;
  const prices = periods.flatMap(({ pricePpm, tokens }) =>
    pricePpm === null ? [] : [{ at: pricePpm, weight: BigInt(tokens) }],
  );
  const median = weightedQuantile(prices, 50);
  return median === undefined ? null : Math.min(HIGHEST_PPM, Math.floor((median * 3) / 2));
}
