import type { StandingContender } from '../clear.ts';
import { type EligibilityInput, isInRegions, refusalRule } from '../eligible.ts';
import { meritOrder } from '../order.ts';
import { highestMultiplierFloor } from '../price.ts';
import type { AskRows } from './ask-rows.ts';
import type { Bucket, Cursor } from './bucket.ts';

/** A quality is at least one half: an ask within the buyer's limits has an effective ask of at most twice the highest. */
const REACH = 2;

/** Those who may compete under the first `size` log entries, best first, found by merging the buckets that a request admits. */
export function* contenders(
  buckets: readonly Bucket[],
  rows: AskRows,
  input: EligibilityInput,
  size: number,
): Iterable<StandingContender> {
  const refusalOf = refusalRule(input);
  const inMeritOrder = meritOrder(input.beacon.blockHash, input.requestId);
  const reach = REACH * highestMultiplierFloor(input.priceCard, input.request);
  const cursors = cursorsOf(buckets, input);
  for (let best = lowest(cursors); best <= reach; best = lowest(cursors)) {
    const tied: StandingContender[] = [];
    for (let i = cursors.length - 1; i >= 0; i -= 1) {
      const cursor = cursors[i] as Cursor;
      while (cursor.effectiveAsk === best) {
        if (rows.standsUnder(cursor.row, size)) {
          const version = rows.get(cursor.row);
          if (refusalOf(version.standing) === undefined) tied.push(version);
        }
        if (cursor.advance()) continue;
        cursors.splice(i, 1);
        break;
      }
    }
    yield* tied.length > 1 ? tied.sort(inMeritOrder) : tied;
  }
}

function cursorsOf(buckets: readonly Bucket[], { request, regions }: EligibilityInput): Cursor[] {
  const cursors: Cursor[] = [];
  for (const bucket of buckets) {
    if (bucket.tier < request.minTier || !isInRegions(bucket.region, regions)) continue;
    const cursor = bucket.cursor();
    if (cursor !== undefined) cursors.push(cursor);
  }
  return cursors;
}

/** Infinity when no cursor is left. */
function lowest(cursors: readonly Cursor[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const { effectiveAsk } of cursors) if (effectiveAsk < best) best = effectiveAsk;
  return best;
}
