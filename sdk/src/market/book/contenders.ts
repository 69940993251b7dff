import type { Ranking, StandingContender } from '../clear.ts';
import type { ClearingInput } from '../clearing-input.ts';
import { refusalRule } from '../eligible.ts';
import { meritOrder } from '../order.ts';
import type { AskRows } from './ask-rows.ts';
import { effectiveAskOf, rowOf } from './bucket.ts';
import type { Shelf } from './shelf.ts';

/** A quality is at least one half: an ask within the buyer's limits has an effective ask of at most twice the highest. */
export const REACH = 2;

/**
 * Ranks those who may compete under the first `size` log entries, best first, until the ranking is full: merges the buckets
 * that a request admits. No generator and no list where nothing ties: they would cost more than the rest.
 */
export function rankContenders(
  shelf: Shelf,
  rows: AskRows,
  input: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>,
  size: number,
  highestPpm: number,
  ranking: Ranking,
): void {
  const { request, beacon, requestId, regions } = input;
  const { contextTokens } = request;
  const refusalOf = refusalRule(input, highestPpm);
  let tied: StandingContender[] | undefined;
  for (let key = shelf.begin(request.minTier, regions); key !== Number.POSITIVE_INFINITY; ) {
    const effectiveAsk = effectiveAskOf(key);
    if (effectiveAsk > REACH * highestPpm) return;
    const contender = contenderIn(rowOf(key));
    key = shelf.next();
    const isLastOfTied = effectiveAskOf(key) !== effectiveAsk;
    if (tied !== undefined || !isLastOfTied) {
      tied ??= [];
      if (contender !== undefined) tied.push(contender);
      if (!isLastOfTied) continue;
      tied.sort(meritOrder(beacon.blockHash, requestId));
      for (const one of tied) if (ranking.isFullWith(one)) return;
      tied = undefined;
    } else if (contender !== undefined && ranking.isFullWith(contender)) return;
  }

  function contenderIn(row: number): StandingContender | undefined {
    // What most often does not fit is asked of the columns first; the rules ask it again of the object.
    if (!rows.standsUnder(row, size) || !rows.mayServe(row, contextTokens, highestPpm)) return undefined;
    const version = rows.get(row);
    return refusalOf(version.standing) === undefined ? version : undefined;
  }
}
