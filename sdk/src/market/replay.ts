import type { Clearing } from '../protocol/clearing.ts';
import { type ClearedAsk, clear, type Refusal } from './clear.ts';
import type { ClearingInput } from './clearing-input.ts';

/** What the cited checkpoint says; the rest of a clearing's input stands in the logged clearing itself. */
export type CitedInputs = Pick<
  ClearingInput,
  'asks' | 'priceCard' | 'qualityPpmByPlatform' | 'attestedEnclaves' | 'ejectedNodes'
>;

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
  const { winner, runnersUp, refusals } = clear({
    // Field by field: a caller's wider object must not bring its own window price or buyer along.
    asks: cited.asks,
    priceCard: cited.priceCard,
    qualityPpmByPlatform: cited.qualityPpmByPlatform,
    attestedEnclaves: cited.attestedEnclaves,
    ejectedNodes: cited.ejectedNodes,
    requestId: logged.requestId,
    request: logged.request.request,
    regions: logged.request.regions,
    buyer: logged.buyer,
    atMs: logged.atMs,
    beacon: logged.beacon,
    ...(logged.windowPricePpm === null ? {} : { windowPricePpm: logged.windowPricePpm }),
    ...(logged.ceilingPpm === null ? {} : { ceilingPpm: logged.ceilingPpm }),
  });
  const ranking = winner === undefined ? [] : [winner, ...runnersUp];
  const seller = ranking.find(({ askId }) => askId === logged.winner.askId);
  return [
    difference('priceCardHash', logged.priceCardHash, cited.priceCard.priceCardHash),
    difference(
      'ranking',
      logged.ranking,
      ranking.map(({ askId }) => askId),
    ),
    ...winnerDifferences(logged.winner, seller),
    ...refusalDifferences(logged.refusals, refusals),
  ].filter((found) => found !== undefined);
}

function winnerDifferences(claimed: Clearing['winner'], seller: ClearedAsk | undefined) {
  if (seller === undefined) return [difference('winner', claimed.askId, 'not among the three best')];
  const { effectiveAsk, multiplierPpm, prices } = seller;
  return [
    difference('winner.effectiveAsk', claimed.effectiveAsk, effectiveAsk),
    difference('winner.multiplierPpm', claimed.multiplierPpm, multiplierPpm),
    difference('winner.priceInput', claimed.priceInput, prices.priceInput),
    difference('winner.priceCachedInput', claimed.priceCachedInput, prices.priceCachedInput),
    difference('winner.priceOutput', claimed.priceOutput, prices.priceOutput),
  ];
}

/** Per ask, so that the difference names the ask that was wrongly refused or wrongly let in. */
function refusalDifferences(claimed: readonly Refusal[], replayed: readonly Refusal[]) {
  const reasons = new Map(replayed.map(({ askId, reason }) => [askId, reason]));
  const claims = new Map(claimed.map(({ askId, reason }) => [askId, reason]));
  return [...new Set([...claims.keys(), ...reasons.keys()])]
    .sort()
    .map((askId) =>
      difference(`refusals.${askId}`, claims.get(askId) ?? 'none', reasons.get(askId) ?? 'none'),
    );
}

function difference(field: string, claimed: unknown, replayed: unknown): ReplayDifference | undefined {
  const [a, b] = [String(claimed), String(replayed)];
  return a === b ? undefined : { field, claimed: a, replayed: b };
}
