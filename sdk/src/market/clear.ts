import type { Hex } from '@hearth/attestation/receipt';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { refusalRule } from './eligible.ts';
import { type Contender, effectiveAskCeil, meritOrder, qualityOf } from './order.ts';
import { clearedMultiplierFloor, highestMultiplierFloor, pricesCeil, type TokenPrices } from './price.ts';

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
  const refusalOf = refusalRule(input);
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
  return walk(contenders.sort(meritOrder(input.beacon.blockHash, input.requestId)), input);
}

/** Goes down the merit order until three attested contenders are found. */
export function walk(
  contenders: Iterable<StandingContender>,
  {
    attestedEnclaves,
    priceCard,
    request,
    windowPricePpm,
    ceilingPpm,
  }: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>,
): ClearingResult {
  const ranking: ClearedAsk[] = [];
  const unattested: Hex[] = [];
  const withinLimits = highestMultiplierFloor(priceCard, request);
  const highestPpm = Math.min(withinLimits, ceilingPpm ?? withinLimits);
  for (const contender of contenders) {
    const { standing, qualityPpm } = contender;
    const { enclaveKey, multiplierPpm: ownPpm } = standing.ask;
    if (!attestedEnclaves.has(enclaveKey)) {
      unattested.push(contender.askId);
      continue;
    }
    const multiplierPpm = clearedMultiplierFloor(ownPpm, qualityPpm, windowPricePpm, highestPpm);
    ranking.push({ ...contender, multiplierPpm, prices: pricesCeil(priceCard, multiplierPpm) });
    if (ranking.length === RANKED) break;
  }
  const [winner, ...runnersUp] = ranking;
  return { winner, runnersUp, unattested };
}
