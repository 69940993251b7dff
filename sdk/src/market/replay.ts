import type { Hex } from '@hearth/attestation/receipt';
import type { Clearing } from '../protocol/clearing.ts';
import type { CitedFacts } from './cited-facts.ts';
import { type ClearedAsk, type ClearingResult, clear } from './clear.ts';
import type { ClearingInput, StandingAsk } from './clearing-input.ts';
import { tieBreakOf } from './tie-break.ts';

/** What the cited checkpoint says; the rest of a clearing's input stands in the logged clearing itself. */
export type CitedInputs = Pick<ClearingInput, 'asks' | 'priceCard'> & CitedFacts;

/** One way in which a logged clearing is not what its inputs give. */
export interface ReplayDifference {
  readonly field: string;
  readonly claimed: string;
  readonly replayed: string;
}

/**
 * Computes a logged clearing again. An empty list means that it is right. The caller has checked that the inputs stand
 * under the cited root, that `requestId` is the digest of the signed request and `regions` the opening of its hash.
 */
export function replayClearing(logged: Clearing, cited: CitedInputs): ReplayDifference[] {
  const result = clear({
    // Field by field: a caller's wider object must not bring more along.
    asks: cited.asks,
    priceCard: cited.priceCard,
    qualityPpmByPlatform: cited.qualityPpmByPlatform,
    establishedPlatforms: cited.establishedPlatforms,
    slotLimits: cited.slotLimits,
    ejectedNodes: cited.ejectedNodes,
    pools: cited.pools,
    attestedEnclaves: attestedAsClaimed(logged, cited.asks),
    isSoldOut: soldOutAsClaimed(logged),
    ...statedInput(logged),
  });
  return replayDifferences(logged, result, cited.priceCard);
}

/** How a logged clearing differs from what its inputs gave, whichever book was asked. */
export function replayDifferences(
  logged: Clearing,
  { winner, runnersUp, unattested, full }: ClearingResult,
  card: CitedInputs['priceCard'],
): ReplayDifference[] {
  const ranking = winner === undefined ? [] : [winner, ...runnersUp];
  const seller = ranking.find(({ askId }) => askId === logged.winner.askId);
  return [
    difference('priceCardHash', logged.priceCardHash, card.priceCardHash),
    difference(
      'ranking',
      logged.ranking,
      ranking.map(({ askId }) => askId),
    ),
    ...winnerDifferences(logged, seller),
    difference('unattested', logged.unattested, unattested),
    difference(
      'full',
      logged.full.map(({ askId }) => askId),
      full,
    ),
  ].filter((found) => found !== undefined);
}

/** The input of a logged clearing, as far as the clearing itself states it. */
export function statedInput(
  logged: Clearing,
): Omit<ClearingInput, keyof CitedInputs | 'attestedEnclaves' | 'isSoldOut'> {
  return {
    requestId: logged.requestId,
    request: logged.request.request,
    regions: logged.request.regions,
    buyer: logged.buyer,
    atMs: logged.atMs,
    beacon: tieBreakOf(logged.beacon),
  };
}

function winnerDifferences({ winner: claimed, ...logged }: Clearing, seller: ClearedAsk | undefined) {
  if (seller === undefined) return [difference('winner', claimed.askId, 'not among the three best')];
  const { effectiveAsk, multiplierPpm, prices } = seller;
  return [
    difference('windowPricePpm', logged.windowPricePpm, seller.windowPricePpm ?? null),
    difference('ceilingPpm', logged.ceilingPpm, seller.ceilingPpm ?? null),
    difference('winner.effectiveAsk', claimed.effectiveAsk, effectiveAsk),
    difference('winner.multiplierPpm', claimed.multiplierPpm, multiplierPpm),
    difference('winner.priceInput', claimed.priceInput, prices.priceInput),
    difference('winner.priceCachedInput', claimed.priceCachedInput, prices.priceCachedInput),
    difference('winner.priceOutput', claimed.priceOutput, prices.priceOutput),
  ];
}

/** The registry's word at that time is the chain's; here only whom the clearing itself calls unattested is left out. */
function attestedAsClaimed({ unattested }: Clearing, asks: readonly StandingAsk[]) {
  const claimed = new Set(unattested);
  const without = new Set(asks.filter(({ askId }) => claimed.has(askId)).map(({ ask }) => ask.enclaveKey));
  return { has: (enclaveKey: Hex) => !without.has(enclaveKey) };
}

/** Whose counters say so, a replay of the log checks. */
export function soldOutAsClaimed({ full }: Pick<Clearing, 'full'>): (standing: StandingAsk) => boolean {
  const claimed = new Set(full.map(({ askId }) => askId));
  return ({ askId }) => claimed.has(askId);
}

function difference(field: string, claimed: unknown, replayed: unknown): ReplayDifference | undefined {
  const [a, b] = [String(claimed), String(replayed)];
  return a === b ? undefined : { field, claimed: a, replayed: b };
}
