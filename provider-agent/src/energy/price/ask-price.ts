import type { OperatingPoint } from '../policy/operating-point.ts';

/** What a home adds to its energy before it asks. Money of the market is USD; a tariff's currency is converted once. */
export type PriceTerms = {
  /** One unit of the tariff's currency in USD, as the home declares it. */
  readonly usdPerUnit: number;
  /** (price − resale) / hours of life, USD per hour of work. */
  readonly wearUsdPerHour: number;
  /** Anything else per million tokens, USD. */
  readonly otherUsdPerMTok: number;
  /** 0.2 = a fifth on top of the cost. */
  readonly marginShare: number;
  /** Part of the price that the market keeps. */
  readonly feeShare: number;
  readonly floorMicroUsdPerMTok: number;
};

export type TokenPrices = {
  readonly inputMicroUsdPerMTok: number;
  readonly outputMicroUsdPerMTok: number;
};

/** Lowest prices at which this point earns what its tokens cost; rounded up, in the home's favour. */
export function askPrices(point: OperatingPoint, costPerKwh: number, terms: PriceTerms): TokenPrices {
  const price = (joulesPerToken: number, tokensPerSecond: number) => {
    const energyUsd = energyPerMTok(joulesPerToken, costPerKwh) * terms.usdPerUnit;
    const wearUsd = (terms.wearUsdPerHour / (3_600 * tokensPerSecond)) * 1_000_000;
    const costUsd = energyUsd + wearUsd + terms.otherUsdPerMTok;
    const askUsd = (costUsd * (1 + terms.marginShare)) / (1 - terms.feeShare);
    return Math.ceil(Math.max(terms.floorMicroUsdPerMTok, askUsd * 1_000_000));
  };
  return {
    inputMicroUsdPerMTok: price(point.joulesPerInputToken, point.inputTokensPerSecond),
    outputMicroUsdPerMTok: price(point.joulesPerOutputToken, point.tokensPerSecond),
  };
}

/** 3 J per token at 0.30 per kWh are 0.25 per million tokens. */
export function energyPerMTok(joulesPerToken: number, costPerKwh: number): number {
  return (joulesPerToken * costPerKwh) / 3.6;
}

/** Of each point at full use, in USD: what it sells less what it burns and wears. */
export function profitsPerHour(
  points: readonly OperatingPoint[],
  soldOutputMicroUsdPerMTok: number,
  costPerKwh: number,
  { usdPerUnit, wearUsdPerHour, feeShare }: PriceTerms,
): number[] {
  return points.map(({ tokensPerSecond, watts }) => {
    const soldUsd = ((tokensPerSecond * 3_600) / 1e6) * (soldOutputMicroUsdPerMTok / 1e6) * (1 - feeShare);
    return soldUsd - (watts / 1_000) * costPerKwh * usdPerUnit - wearUsdPerHour;
  });
}
