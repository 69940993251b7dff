import { type ClearingResult, Ranking, type RankingInput } from '../clear.ts';
import { meritOrder } from '../order.ts';
import { highestMultiplierFloor } from '../price.ts';
import type { AskRows } from './ask-rows.ts';
import type { MeritWalk } from './merit-walk.ts';
import { RowContender } from './row-contender.ts';
import { RowRule } from './row-rule.ts';
import type { Shelf } from './shelf.ts';

/** A quality is at least one half: an ask within the buyer's limits has an effective ask of at most twice the highest. */
export const REACH = 2;

/** A request as a book clears it: the book asks by its own number for an enclave (`AskBook.enclaveNumber`), which no key has to be read for. */
export interface BookInput extends RankingInput {
  readonly isAttested: (enclave: number) => boolean;
}

/**
 * Ranks those who may compete under the first `size` log entries, best first, until the ranking is full: walks over the
 * asks that a request admits. No generator and no list where nothing ties: they would cost more than the rest.
 */
export function rankContenders(
  shelf: Shelf,
  walk: MeritWalk,
  rows: AskRows,
  input: BookInput,
  size: number,
): ClearingResult {
  const { request, beacon, requestId, regions } = input;
  const { minTier, contextTokens } = request;
  const highestPpm = highestMultiplierFloor(input.priceCard, request);
  const ranking = new Ranking(input, highestPpm);
  const rule = new RowRule(rows, input, highestPpm);
  const competing = () => (rule.admits(walk) ? new RowContender(rows, walk) : undefined);
  const isFullWith = (one: RowContender) => ranking.isFullWith(one, one, input.isAttested(one.enclave));
  let isThere = walk.begin(shelf.selling, { minTier, contextTokens, regions, size });
  while (isThere && walk.effectiveAsk <= REACH * highestPpm) {
    const { effectiveAsk } = walk;
    if (!walk.mayBeTied()) {
      const contender = competing();
      if (contender !== undefined && isFullWith(contender)) break;
      isThere = walk.next();
      continue;
    }
    const tied: RowContender[] = [];
    for (; isThere && walk.effectiveAsk === effectiveAsk; isThere = walk.next()) {
      const contender = competing();
      if (contender !== undefined) tied.push(contender);
    }
    if (tied.sort(meritOrder(beacon.blockHash, requestId)).some(isFullWith)) break;
  }
  return ranking.result();
}
