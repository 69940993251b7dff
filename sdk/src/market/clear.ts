import type { Hex } from '@hearth/attestation/receipt';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { refusalRule } from './eligible.ts';
import { type Contender, effectiveAskCeil, meritOrder, qualityOf } from './order.ts';
import { clearedMultiplierFloor, highestMultiplierFloor, pricesCeil, type TokenPrices } from './price.ts';
import { windowPricePpm } from './window-price.ts';

/** How many asks an OFFER may go to, one after the other. */
const RANKED = 3;

/** An ask that every rule of the log lets compete. */
export interface StandingContender extends Contender {
  readonly standing: StandingAsk;
  readonly qualityPpm: number;
  /** Asking multiplier over quality: what it competes with. */
  readonly effectiveAsk: number;
}

/** An ask that may sell the slot, and what it is paid if it does. */
export interface ClearedAsk extends StandingContender {
  /** P of its pool without its own provider, and C; absent in a thin and in a young pool. */
  readonly windowPricePpm: number | undefined;
  readonly ceilingPpm: number | undefined;
  /** Multiplier it is paid, at least its own. */
  readonly multiplierPpm: number;
  readonly prices: TokenPrices;
}

export interface ClearingResult {
  /** Absent when no ask may serve the request. */
  readonly winner: ClearedAsk | undefined;
  /** Second and third in merit order: next in line if the winner does not ACCEPT. */
  readonly runnersUp: readonly ClearedAsk[];
  /** Contenders better than the last one ranked whose enclave was not attested, best first. All other refusals follow from the log. */
  readonly unattested: readonly Hex[];
}

/**
 * MERIT: picks winner and price of one request. Pure and integer-only; the order of `asks` does not matter.
 * @throws RangeError when an ask is given twice: the caller's book is broken.
 */
export function clear(input: ClearingInput): ClearingResult {
  const highestPpm = highestMultiplierFloor(input.priceCard, input.request);
  const refusalOf = refusalRule(input, highestPpm);
  const contenders: StandingContender[] = [];
  const seen = new Set<Hex>();
  for (const standing of input.asks) {
    const { askId, ask, platformId } = standing;
    if (seen.has(askId)) throw new RangeError(`ask ${askId} is given twice`);
    seen.add(askId);
    if (refusalOf(standing) !== undefined) continue;
    const qualityPpm = qualityOf(platformId, input.qualityPpmByPlatform);
    const effectiveAsk = effectiveAskCeil(ask.multiplierPpm, qualityPpm);
    contenders.push({ askId, standing, qualityPpm, effectiveAsk });
  }
  return walk(contenders.sort(meritOrder(input.beacon.blockHash, input.requestId)), input, highestPpm);
}

/**
 * Goes down the merit order until three attested contenders are found.
 * @param withinLimits the highest multiplier that the buyer's limits allow
 */
export function walk(
  contenders: Iterable<StandingContender>,
  { attestedEnclaves, priceCard, pools, atMs }: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>,
  withinLimits: number,
): ClearingResult {
  const ranking: ClearedAsk[] = [];
  const unattested: Hex[] = [];
  for (const contender of contenders) {
    const { standing, qualityPpm } = contender;
    const { enclaveKey, provider, tier, multiplierPpm: ownPpm } = standing.ask;
    if (!attestedEnclaves.has(enclaveKey)) {
      unattested.push(contender.askId);
      continue;
    }
    const { windows, ceilingPpm } = pools.get(tier) ?? {};
    const pricePpm = windows && windowPricePpm(windows, atMs, provider);
    const highestPpm = Math.min(withinLimits, ceilingPpm ?? withinLimits);
    const multiplierPpm = clearedMultiplierFloor(ownPpm, qualityPpm, pricePpm, highestPpm);
    const prices = pricesCeil(priceCard, multiplierPpm);
    ranking.push({ ...contender, windowPricePpm: pricePpm, ceilingPpm, multiplierPpm, prices });
    if (ranking.length === RANKED) break;
  }
  const [winner, ...runnersUp] = ranking;
  return { winner, runnersUp, unattested };
}
