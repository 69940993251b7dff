import { fromHex, hashLeaseRequest, isConsistent, isSignedBy } from '@hearth/attestation/receipt';
import {
  highestMultiplierFloor,
  maySomeBeHidden,
  type PriceCardPrices,
  type ProvenAsks,
  replayClearing,
  soughtBy,
} from '../market/index.ts';
import {
  type Beacon,
  beaconLine,
  type Checkpoint,
  type Clearing,
  type LevelResult,
  regionsHash,
} from '../protocol/index.ts';
import { trustedCheckpoint } from './l4-log.ts';
import { type CitedEntry, collectInputs } from './l6-inputs.ts';
import { assertSold } from './l6-winner.ts';
import { absent, CLOCK_SKEW_MS, expectEqual, fail } from './level.ts';
import { expectKind, openProvenEntry } from './proven-entry.ts';
import type { BundleContext } from './verify-bundle.ts';

/**
 * L6: the price is the one the auction rule gives for the market's book, and the job ran where and as it was sold. Proven:
 * the winner is the best of the books whose roots the logged clearing names, ranked asks, windows and card are logged, the
 * arithmetic is right. Not proven by a bundle alone: that those are the roots and the ceiling that the log gives and no window
 * was left out, which a replay of the whole log shows; that an ask refused as unattested was, that who ranked before the winner
 * did not answer, and which block the cited checkpoint named.
 */
export function verifyClearing(context: BundleContext): string | LevelResult {
  const { bundle, options } = context;
  if (!bundle.auction || !bundle.log) return absent('the bundle has no auction');
  const checkpoint = trustedCheckpoint(bundle.log.checkpoint, options.trust);
  const logged = openProvenEntry('clearing', bundle.auction.clearing, checkpoint);
  const { clearing, atMs } = expectKind('clearing', logged, 'clearing');
  const receipt = expectKind(
    'receipt',
    openProvenEntry('receipt', bundle.log.receipt, checkpoint),
    'receipt',
  );
  if (bundle.auction.clearing.index > bundle.log.receipt.index) fail('clearing: logged after the receipt');
  assertRequest(context, clearing);
  assertFacts(clearing, atMs, checkpoint);
  const cited = openInputs(context, clearing, checkpoint);
  const { inputs, ranked, shown } = collectInputs(
    cited,
    bundle.auction.books,
    clearing,
    options.trust.logKeys,
  );
  const [difference] = replayClearing(clearing, inputs);
  if (difference)
    fail(`replay: ${difference.field}: claimed ${difference.claimed}, computed ${difference.replayed}`);
  assertAllShown(clearing, shown, inputs.priceCard);
  assertSold(context, clearing, ranked, receipt.message.body);
  const sentence = `replayed over the best ${shown.asks.length} asks of its books: multiplier ${clearing.winner.multiplierPpm} ppm`;
  return [sentence, ...onTheLogsWord(clearing)].join('; ');
}

/** What moved this auction and stands in no input: said, so that an auditor knows where to look further. */
function onTheLogsWord({ unattested, full, ranking, winner, ceilingPpm }: Clearing): string[] {
  const passedOver = ranking.indexOf(winner.askId);
  return [
    ...(unattested.length > 0 ? [`on the log's word, ${unattested.length} refused as unattested`] : []),
    ...(full.length > 0 ? [`on the log's word, ${full.length} sold out since the cited checkpoint`] : []),
    ...(ceilingPpm === null ? [] : [`on the log's word, a ceiling of ${ceilingPpm} ppm`]),
    ...(passedOver > 0 ? [`on the log's word, ${passedOver} better did not sell`] : []),
  ];
}

/** No ask that would have ranked is hidden in the parts that are not shown. */
function assertAllShown({ request, ranking }: Clearing, shown: ProvenAsks, card: PriceCardPrices): void {
  const rankedAt = ranking.map((id) => shown.leaves.find(({ askId }) => askId === id)?.effectiveAsk ?? 0);
  const highestPpm = highestMultiplierFloor(card, request.request);
  const sought = soughtBy(request.request, request.regions, rankedAt, highestPpm);
  if (maySomeBeHidden(shown, sought))
    fail(`books: an ask of at most ${sought.upTo} that serves the request may be hidden in them`);
}

function assertRequest({ bundle, domain }: BundleContext, clearing: Clearing): void {
  const { request, signature, regions } = clearing.request;
  const requestId = hashLeaseRequest(domain, request);
  expectEqual('clearing: request id', requestId, clearing.requestId);
  expectEqual('clearing: order', bundle.jobHeader.orderHash, request.orderHash);
  expectEqual('clearing: policy', bundle.order.policyHash, request.policyHash);
  expectEqual('clearing: regions', request.regionsHash, regionsHash(regions));
  expectEqual('clearing: buyer', bundle.order.buyer, clearing.buyer);
  if (!isSignedBy(requestId, signature, bundle.order.sessionKey))
    fail('lease request: expected a signature by the session key');
}

/** What a clearing states without an input that shows it must not move a price. */
function assertFacts(clearing: Clearing, loggedAtMs: number, { beacon }: Checkpoint): void {
  if (Math.abs(clearing.atMs - loggedAtMs) > CLOCK_SKEW_MS)
    fail(`clearing: of ${clearing.atMs}, logged at ${loggedAtMs}`);
  if (isSameBlock(clearing.beacon, beacon))
    expectEqual('clearing: beacon', beaconLine(beacon), beaconLine(clearing.beacon));
}

/** One block or round has one hash and one time. */
function isSameBlock(a: Beacon, b: Beacon): boolean {
  if ('blockHash' in a) return 'blockHash' in b && a.blockNumber === b.blockNumber;
  return 'drandChain' in b && a.drandChain === b.drandChain && a.round === b.round;
}

/** The inputs under the checkpoint that the buyer's request cites, which the later log must contain. */
function openInputs({ bundle }: BundleContext, clearing: Clearing, later: Checkpoint): CitedEntry[] {
  const { auction } = bundle;
  if (!auction) return [];
  const { checkpointSize, checkpointRoot: root } = clearing.request.request;
  const treeSize = Number(checkpointSize);
  const way = auction.consistency.map(fromHex);
  if (!isConsistent(treeSize, fromHex(root), later.treeSize, fromHex(later.root), way))
    fail('cited checkpoint: the later log does not contain it');
  return auction.inputs.map((input, i) => ({
    index: input.index,
    entry: openProvenEntry(`auction input ${i}`, input, { treeSize, root }),
  }));
}
