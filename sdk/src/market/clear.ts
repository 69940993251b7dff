import type { Hex } from '@hearth/attestation/receipt';
import type { ClearingInput, MarketAsk, PriceCardPrices, StandingAsk } from './clearing-input.ts';
import { refusalRule } from './eligible.ts';
import { type Contender, effectiveAskCeil, meritOrder, qualityOf } from './order.ts';
import { clearedMultiplierFloor, highestMultiplierFloor, pricesCeil, type TokenPrices } from './price.ts';
import { windowPricePpm } from './window-price.ts';

/** How many asks an OFFER may go to, one after the other. */
export const RANKED = 3;

/** An ask that every rule of the log lets compete. */
export interface StandingContender extends Contender {
  readonly standing: StandingAsk;
  readonly qualityPpm: number;
  /** Asking multiplier over quality: what it competes with. */
  readonly effectiveAsk: number;
}

/** What a ranking looks at in every contender; the rest only in those whom somebody reads. */
export type SellerTerms = Pick<MarketAsk, 'provider' | 'tier' | 'multiplierPpm'>;

/** What a ranking is held against; who is attested is the caller's to say of each contender. */
export type RankingInput = Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform' | 'attestedEnclaves'>;

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
  /** Attested contenders better than the last one ranked that have sold out since the cited checkpoint, best first. */
  readonly full: readonly Hex[];
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
  const ranking = new Ranking(input, highestPpm);
  for (const contender of contenders.sort(meritOrder(input.beacon.blockHash, input.requestId))) {
    const { ask } = contender.standing;
    if (ranking.isFullWith(contender, ask, input.attestedEnclaves.has(ask.enclaveKey))) break;
  }
  return ranking.result();
}

/** Most clearings pass nobody over: they share one list. */
const NOBODY: Hex[] = [];

/** Takes contenders in merit order, until three are attested and have a slot left. */
export class Ranking {
  private readonly input: RankingInput;
  private readonly withinLimits: number;
  private winner: ClearedAsk | undefined;
  private second: ClearedAsk | undefined;
  private third: ClearedAsk | undefined;
  private unattested: Hex[] = NOBODY;
  private full: Hex[] = NOBODY;

  /** @param withinLimits the highest multiplier that the buyer's limits allow */
  constructor(input: RankingInput, withinLimits: number) {
    this.input = input;
    this.withinLimits = withinLimits;
  }

  /** Whether nobody behind this one matters any more. */
  isFullWith(contender: StandingContender, terms: SellerTerms, isAttested: boolean): boolean {
    const { isSoldOut, priceCard, pools, atMs } = this.input;
    if (!isAttested) {
      this.unattested = withAsk(this.unattested, contender.askId);
      return false;
    }
    if (isSoldOut?.(contender.standing)) {
      this.full = withAsk(this.full, contender.askId);
      return false;
    }
    const pool = pools.get(terms.tier);
    // A pool without a closed window has no price, whoever sells.
    const pricePpm = pool?.windows.length ? windowPricePpm(pool.windows, atMs, terms.provider) : undefined;
    const highestPpm = Math.min(this.withinLimits, pool?.ceilingPpm ?? this.withinLimits);
    const { qualityPpm } = contender;
    const multiplierPpm = clearedMultiplierFloor(terms.multiplierPpm, qualityPpm, pricePpm, highestPpm);
    const ranked = new RankedAsk(contender, pricePpm, pool?.ceilingPpm, multiplierPpm, priceCard);
    if (this.winner === undefined) this.winner = ranked;
    else if (this.second === undefined) this.second = ranked;
    else this.third = ranked;
    return this.third !== undefined;
  }

  result(): ClearingResult {
    const { winner, second, third, unattested, full } = this;
    const runnersUp = second === undefined ? [] : third === undefined ? [second] : [second, third];
    return { winner, runnersUp, unattested, full };
  }
}

function withAsk(asks: Hex[], askId: Hex): Hex[] {
  if (asks === NOBODY) return [askId];
  asks.push(askId);
  return asks;
}

/** Ask and token prices are worked out for who asks for them: of three that are ranked one sells. */
class RankedAsk implements ClearedAsk {
  readonly qualityPpm: number;
  readonly effectiveAsk: number;
  readonly windowPricePpm: number | undefined;
  readonly ceilingPpm: number | undefined;
  readonly multiplierPpm: number;
  readonly #contender: StandingContender;
  readonly #priceCard: PriceCardPrices;

  constructor(
    contender: StandingContender,
    pricePpm: number | undefined,
    ceilingPpm: number | undefined,
    multiplierPpm: number,
    priceCard: PriceCardPrices,
  ) {
    this.qualityPpm = contender.qualityPpm;
    this.effectiveAsk = contender.effectiveAsk;
    this.windowPricePpm = pricePpm;
    this.ceilingPpm = ceilingPpm;
    this.multiplierPpm = multiplierPpm;
    this.#contender = contender;
    this.#priceCard = priceCard;
  }

  get askId(): Hex {
    return this.#contender.askId;
  }

  get standing(): StandingAsk {
    return this.#contender.standing;
  }

  get prices(): TokenPrices {
    return pricesCeil(this.#priceCard, this.multiplierPpm);
  }
}
