import type { StandingContender } from '../clear.ts';
import { type EligibilityInput, refusalRule } from '../eligible.ts';
import { meritOrder } from '../order.ts';
import type { AskRows } from './ask-rows.ts';
import { type Bucket, effectiveAskOf, rowOf } from './bucket.ts';
import type { Shelf } from './shelf.ts';

/** A quality is at least one half: an ask within the buyer's limits has an effective ask of at most twice the highest. */
export const REACH = 2;
const NONE = -1;

/**
 * Shows those who may compete under the first `size` log entries, best first, until `isEnough` says so: merges the buckets
 * that a request admits. No generator: resuming one costs more than the rest.
 */
export function visitContenders(
  shelf: Shelf,
  rows: AskRows,
  input: EligibilityInput,
  { size, highestPpm }: { size: number; highestPpm: number },
  isEnough: (contender: StandingContender) => boolean,
): void {
  const { request, beacon, requestId, regions } = input;
  const refusalOf = refusalRule(input, highestPpm);
  const { buckets, keys } = shelf.admitted(request.minTier, regions);
  for (let at = lowest(keys); at !== NONE; ) {
    const best = effectiveAskOf(keys[at] as number);
    if (best > REACH * highestPpm) return;
    const tied: StandingContender[] = [];
    do {
      const key = keys[at] as number;
      const row = rowOf(key);
      // What most often does not fit is asked of the columns first; the rules ask it again of the object.
      if (rows.standsUnder(row, size) && rows.mayServe(row, request.contextTokens, highestPpm)) {
        const version = rows.get(row);
        if (refusalOf(version.standing) === undefined) tied.push(version);
      }
      keys[at] = (buckets[at] as Bucket).after(key);
      at = lowest(keys);
    } while (at !== NONE && effectiveAskOf(keys[at] as number) === best);
    if (tied.length > 1) tied.sort(meritOrder(beacon.blockHash, requestId));
    for (const contender of tied) if (isEnough(contender)) return;
  }
}

/** Which bucket is next; none when every one is at its end. */
function lowest(keys: readonly number[]): number {
  let lowestKey = Number.POSITIVE_INFINITY;
  let at = NONE;
  for (let n = 0; n < keys.length; n += 1) {
    const key = keys[n] as number;
    if (key >= lowestKey) continue;
    lowestKey = key;
    at = n;
  }
  return at;
}
