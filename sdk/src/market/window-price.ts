import type { Hex } from '@hearth/attestation/receipt';
import type { PriceWindow } from '../protocol/market-record.ts';
import { WINDOW_MS } from './price-window.ts';
import { type Weighted, weightedQuantile, weightOf } from './weighted-quantile.ts';

/** Windows older than this price nothing. */
export const WINDOW_MEMORY_MS = 60_000;
/** Capped weights are fractions: counted in millionths of a token, rounded down. */
const SCALE = 1_000_000n;
const PERCENT = 90;
const LEAST_RECEIPTS = 8;
const LEAST_PROVIDERS = 3;
/** Otherwise a handful of one-token jobs would be trade enough. */
const LEAST_TOKENS = 8_000n;

/** What was computed over some of a list's windows: the last closed one, and the whole minute. */
interface KnownPrices {
  readonly from: number;
  readonly to: number;
  readonly last: Percentiles | undefined;
  readonly minute: Percentiles;
}

/** A list of windows never changes, and many clearings read it: each P is computed once for as long as the same windows count. */
const known = new WeakMap<readonly PriceWindow[], KnownPrices>();

/**
 * P of a pool for a clearing at `atMs`: the token-weighted 90th percentile of the effective asks in its last closed
 * window, `excluded` (the winner's own provider) left out and no provider above one third of the weight. Too little
 * trade: the last minute; still too little: undefined, and the winner is paid its own ask.
 * @param windows of one pool, oldest first, as the cited checkpoint has them
 */
export function windowPricePpm(
  windows: readonly PriceWindow[],
  atMs: number,
  excluded?: Hex,
): number | undefined {
  const from = windows.findIndex(({ toMs }) => toMs > atMs - WINDOW_MEMORY_MS);
  const to = windows.findLastIndex(({ toMs }) => toMs <= atMs) + 1;
  const newest = windows[to - 1];
  if (from < 0 || newest === undefined || from >= to) return undefined;
  // The cited checkpoint may be some seconds older than the clearing: the last closed window is one of the last two.
  const hasLast = newest.toMs > atMs - 2 * WINDOW_MS;
  const { last, minute } = knownPrices(windows, from, to, hasLast);
  return last?.without(excluded) ?? minute.without(excluded);
}

function knownPrices(
  windows: readonly PriceWindow[],
  from: number,
  to: number,
  hasLast: boolean,
): KnownPrices {
  const older = known.get(windows);
  if (older?.from === from && older.to === to && (older.last !== undefined) === hasLast) return older;
  const last = hasLast ? new Percentiles(windows.slice(to - 1, to)) : undefined;
  const prices = { from, to, last, minute: new Percentiles(windows.slice(from, to)) };
  known.set(windows, prices);
  return prices;
}

/** What one provider sold in some windows. */
interface Seller {
  receipts: number;
  readonly points: Weighted[];
}

/** The percentile of some windows by who is left out; of who sold nothing in them it is everybody's. */
class Percentiles {
  private readonly windows: readonly PriceWindow[];
  private readonly prices = new Map<Hex | undefined, number | undefined>();
  private sellers: ReadonlyMap<Hex, Seller> | undefined;

  constructor(windows: readonly PriceWindow[]) {
    this.windows = windows;
  }

  without(provider: Hex | undefined): number | undefined {
    this.sellers ??= sellersIn(this.windows);
    const seller = provider === undefined ? undefined : this.sellers.get(provider);
    const left = seller && provider;
    if (!this.prices.has(left)) {
      const others = [...this.sellers.values()].filter((other) => other !== seller);
      this.prices.set(left, percentile(others));
    }
    return this.prices.get(left);
  }
}

function sellersIn(windows: readonly PriceWindow[]): Map<Hex, Seller> {
  const sellers = new Map<Hex, Seller>();
  for (const { providers } of windows)
    for (const { provider, receipts, asks } of providers) {
      const seller = sellers.get(provider) ?? { receipts: 0, points: [] };
      sellers.set(provider, seller);
      seller.receipts += receipts;
      for (const { effectiveAsk, billedTokens } of asks)
        seller.points.push({ at: effectiveAsk, weight: BigInt(billedTokens) });
    }
  return sellers;
}

function percentile(sellers: readonly Seller[]): number | undefined {
  const receipts = sellers.reduce((sum, seller) => sum + seller.receipts, 0);
  if (receipts < LEAST_RECEIPTS || sellers.length < LEAST_PROVIDERS) return undefined;
  const providers = sellers.map(({ points }) => points);
  const tokens = weightOf(providers.flat());
  const capped = withCappedWeights(providers);
  // Where the cap takes away most of the trade, what is left is what small change says.
  if (tokens < LEAST_TOKENS || 2n * weightOf(capped) < tokens * SCALE) return undefined;
  return weightedQuantile(capped, PERCENT);
}

/** Points of every provider, its weight cut down to one third of what all then weigh together. */
function withCappedWeights(providers: readonly (readonly Weighted[])[]): Weighted[] {
  const weights = providers.map(weightOf);
  const twiceCap = twiceCapOf([...weights].sort((a, b) => (a > b ? -1 : 1)));
  return providers.flatMap((points, i) => {
    const own = weights[i] as bigint;
    if (twiceCap === undefined || 2n * own <= twiceCap)
      return points.map(({ at, weight }) => ({ at, weight: weight * SCALE }));
    return points.map(({ at, weight }) => ({ at, weight: (weight * SCALE * twiceCap) / (2n * own) }));
  });
}

/**
 * Twice the most that one provider may weigh; undefined where nobody weighs too much. A weight is at most a third of the
 * whole exactly if it is at most half of the rest; where two are too heavy, each may weigh what the others do together.
 */
function twiceCapOf([first = 0n, second = 0n, ...others]: readonly bigint[]): bigint | undefined {
  const rest = others.reduce((sum, weight) => sum + weight, 0n);
  if (2n * first <= second + rest) return undefined;
  return second <= rest ? second + rest : 2n * rest;
}
