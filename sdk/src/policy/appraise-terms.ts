import type { JobHeader, Order } from '@hearth/contracts';
import { nameOf, type Policy, padClasses } from '../protocol/index.ts';
import { atLeastClause, atMostClause, type Clause } from './clause.ts';

/** What a job is sold for, µUSD per million tokens. */
export type Prices = Pick<JobHeader, 'priceInput' | 'priceCachedInput' | 'priceOutput'>;

/** What the signed header of a job says of its terms. */
export type JobTerms = Prices & Pick<JobHeader, 'capPicoUsd' | 'padClass'>;

const PICO_PER_MICRO = 1_000_000n;
const PRICE_UNIT = 'µUSD per million tokens';

/** Holds the terms of one job against the rules of a policy that are about money and padding. Pure. */
export function appraiseTerms(policy: Policy, terms: JobTerms): readonly Clause[] {
  const { inputMicroUsdPerMTok, cachedInputMicroUsdPerMTok, outputMicroUsdPerMTok } = policy.prices;
  return [
    ...priceClauses(terms, {
      maxPriceInput: inputMicroUsdPerMTok.atMost,
      maxPriceCachedInput: cachedInputMicroUsdPerMTok.atMost,
      maxPriceOutput: outputMicroUsdPerMTok.atMost,
    }),
    jobClause(policy, terms),
    atLeastClause('padding', padClasses[policy.padding.atLeast], terms.padClass, (each) =>
      nameOf(padClasses, each),
    ),
  ];
}

/**
 * What an order limits by itself: all of a policy that the contracts and the enclave can see, since they know only its hash.
 */
export function appraiseOrder(
  order: Pick<Order, 'minTier' | 'maxPriceInput' | 'maxPriceCachedInput' | 'maxPriceOutput'>,
  sold: Prices & { readonly tier: number },
): readonly Clause[] {
  return [atLeastClause('tier', order.minTier, sold.tier), ...priceClauses(sold, order)];
}

type PriceLimits = Pick<Order, 'maxPriceInput' | 'maxPriceCachedInput' | 'maxPriceOutput'>;

function priceClauses(prices: Prices, limits: PriceLimits): Clause[] {
  return [
    atMostClause('prices.input', limits.maxPriceInput, prices.priceInput, PRICE_UNIT),
    atMostClause('prices.cachedInput', limits.maxPriceCachedInput, prices.priceCachedInput, PRICE_UNIT),
    atMostClause('prices.output', limits.maxPriceOutput, prices.priceOutput, PRICE_UNIT),
  ];
}

function jobClause({ jobMicroUsd }: Policy, { capPicoUsd }: JobTerms): Clause {
  const microUsdCeil = (capPicoUsd + PICO_PER_MICRO - 1n) / PICO_PER_MICRO;
  if (jobMicroUsd === 'ignore')
    return { clause: 'jobMicroUsd', result: 'ignored', actual: String(microUsdCeil) };
  return atMostClause('jobMicroUsd', jobMicroUsd.atMost, microUsdCeil, 'µUSD');
}
