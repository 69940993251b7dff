import type { StandingContender } from '../clear.ts';
import { type EligibilityInput, refusalRule } from '../eligible.ts';
import { meritOrder } from '../order.ts';
import type { AskRows } from './ask-rows.ts';
import { type Bucket, effectiveAskOf, rowOf } from './bucket.ts';
import type { Shelf } from './shelf.ts';

/** A quality is at least one half: an ask within the buyer's limits has an effective ask of at most twice the highest. */
const REACH = 2;

/** Those who may compete under the first `size` log entries, best first, found by merging the buckets that a request admits. */
export function* contenders(
  shelf: Shelf,
  rows: AskRows,
  input: EligibilityInput,
  { size, highestPpm }: { size: number; highestPpm: number },
): Iterable<StandingContender> {
  const { request, beacon, requestId } = input;
  const refusalOf = refusalRule(input, highestPpm);
  const { buckets, keys } = shelf.admitted(request.minTier, input.regions);
  for (let best = lowest(keys); best <= REACH * highestPpm; best = lowest(keys)) {
    const tied: StandingContender[] = [];
    for (let i = 0; i < keys.length; i += 1) {
      for (let key = keys[i] as number; effectiveAskOf(key) === best; ) {
        const row = rowOf(key);
        // What most often does not fit is asked of the columns first; the rules ask it again of the object.
        if (rows.standsUnder(row, size) && rows.mayServe(row, request.contextTokens, highestPpm)) {
          const version = rows.get(row);
          if (refusalOf(version.standing) === undefined) tied.push(version);
        }
        key = (buckets[i] as Bucket).after(key);
        keys[i] = key;
      }
    }
    if (tied.length > 1) tied.sort(meritOrder(beacon.blockHash, requestId));
    for (const contender of tied) yield contender;
  }
}

/** The lowest effective ask; infinite when every bucket is at its end. */
function lowest(keys: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const key of keys) if (key < best) best = key;
  return effectiveAskOf(best);
}
