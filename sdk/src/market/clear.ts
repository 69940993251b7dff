import type { Hex } from '@hearth/attestation/receipt';
import type { RefusalReason } from '../protocol/clearing.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { refusalOf } from './eligible.ts';
import { bestOf, effectiveAskCeil, qualityOf } from './order.ts';
import { clearedMultiplierFloor, pricesCeil, type TokenPrices } from './price.ts';

/** How many asks an OFFER may go to, one after the other. */
const RANKED = 3;

/** An ask that may sell the slot, and what it is paid if it does. */
export interface ClearedAsk {
  readonly askId: Hex;
  readonly standing: StandingAsk;
  readonly qualityPpm: number;
  /** Asking multiplier over quality: what it competed with. */
  readonly effectiveAsk: number;
  /** Multiplier it is paid, at least its own. */
  readonly multiplierPpm: number;
  readonly prices: TokenPrices;
}

export interface Refusal {
  readonly askId: Hex;
  readonly reason: RefusalReason;
}

export interface ClearingResult {
  /** Absent when no ask may serve the request. */
  readonly winner: ClearedAsk | undefined;
  /** Second and third in merit order: next in line if the winner does not ACCEPT. */
  readonly runnersUp: readonly ClearedAsk[];
  /** Every ask that could not compete, by askId. Who is neither here nor ranked was outbid. */
  readonly refusals: readonly Refusal[];
}

/**
 * MERIT: picks winner and price of one request. Pure and integer-only; the order of `asks` does not matter.
 * @throws RangeError when an ask is given twice: the caller's book is broken.
 */
export function clear(input: ClearingInput): ClearingResult {
  const refusals: Refusal[] = [];
  const contenders = [];
  const seen = new Set<Hex>();
  for (const standing of input.asks) {
    const { askId, ask, platformId } = standing;
    if (seen.has(askId)) throw new RangeError(`ask ${askId} is given twice`);
    seen.add(askId);
    const reason = refusalOf(standing, input);
    if (reason !== undefined) {
      refusals.push({ askId, reason });
      continue;
    }
    const qualityPpm = qualityOf(platformId, input.qualityPpmByPlatform);
    const effectiveAsk = effectiveAskCeil(ask.multiplierPpm, qualityPpm);
    contenders.push({ askId, standing, qualityPpm, effectiveAsk });
  }
  const [winner, ...runnersUp] = bestOf(contenders, RANKED, input.beacon.blockHash, input.requestId).map(
    (contender): ClearedAsk => ({ ...contender, ...pay(contender, input) }),
  );
  return { winner, runnersUp, refusals: refusals.sort((a, b) => (a.askId < b.askId ? -1 : 1)) };
}

function pay(
  { standing, qualityPpm }: Pick<ClearedAsk, 'standing' | 'qualityPpm'>,
  { priceCard, request, windowPricePpm, ceilingPpm }: ClearingInput,
): Pick<ClearedAsk, 'multiplierPpm' | 'prices'> {
  const multiplierPpm = clearedMultiplierFloor({
    ownPpm: standing.ask.multiplierPpm,
    qualityPpm,
    card: priceCard,
    limits: request,
    windowPricePpm,
    ceilingPpm,
  });
  return { multiplierPpm, prices: pricesCeil(priceCard, multiplierPpm) };
}
