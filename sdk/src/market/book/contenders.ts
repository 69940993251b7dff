import { type ClearingResult, Ranking } from '../clear.ts';
import type { ClearingInput } from '../clearing-input.ts';
import { meritOrder } from '../order.ts';
import { highestMultiplierFloor } from '../price.ts';
import type { AskRows } from './ask-rows.ts';
import { effectiveAskOf, rowOf } from './merit-list.ts';
import type { MeritWalk } from './merit-walk.ts';
import { RowContender } from './row-contender.ts';
import { RowRule } from './row-rule.ts';
import type { Shelf } from './shelf.ts';

/** A quality is at least one half: an ask within the buyer's limits has an effective ask of at most twice the highest. */
export const REACH = 2;

/**
 * Ranks those who may compete under the first `size` log entries, best first, until the ranking is full: walks over the
 * asks that a request admits. No generator and no list where nothing ties: they would cost more than the rest.
 */
export function rankContenders(
  shelf: Shelf,
  walk: MeritWalk,
  rows: AskRows,
  input: Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>,
  size: number,
): ClearingResult {
  const { request, beacon, requestId, regions } = input;
  const { minTier, contextTokens } = request;
  const highestPpm = highestMultiplierFloor(input.priceCard, request);
  const ranking = new Ranking(input, highestPpm);
  const rule = new RowRule(rows, input, highestPpm);
  let tied: RowContender[] | undefined;
  for (
    let key = walk.begin(shelf.selling.runs, { minTier, contextTokens, regions, size });
    key !== Number.POSITIVE_INFINITY;
  ) {
    const effectiveAsk = effectiveAskOf(key);
    if (effectiveAsk > REACH * highestPpm) break;
    const row = rowOf(key);
    const contender = rule.admits(row) ? new RowContender(rows, row) : undefined;
    key = walk.next();
    const isLastOfTied = effectiveAskOf(key) !== effectiveAsk;
    if (tied !== undefined || !isLastOfTied) {
      tied ??= [];
      if (contender !== undefined) tied.push(contender);
      if (!isLastOfTied) continue;
      tied.sort(meritOrder(beacon.blockHash, requestId));
      if (tied.some((one) => ranking.isFullWith(one, one))) break;
      tied = undefined;
    } else if (contender !== undefined && ranking.isFullWith(contender, contender)) break;
  }
  return ranking.result();
}
