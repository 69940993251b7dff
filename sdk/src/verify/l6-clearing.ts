import { fromHex, hashLeaseRequest, isConsistent, isSignedBy } from '@hearth/attestation/receipt';
import { type CitedInputs, replayClearing, type StandingAsk } from '../market/index.ts';
import {
  ask,
  askId,
  type Clearing,
  isMessageSignedBy,
  type LevelResult,
  type LogEntry,
  leaseId,
  messageId,
  priceCard,
  regionsHash,
  slotCounter,
  verifyCheckpoint,
} from '../protocol/index.ts';
import { absent, expectEqual, fail } from './level.ts';
import { expectKind, openProvenEntry } from './proven-entry.ts';
import type { BundleContext } from './verify-bundle.ts';

/**
 * L6: the price is the one the auction rule gives for the logged asks. Proven: every input shown is logged, the winner is
 * the best of them, the arithmetic is right. Not proven by a bundle alone: that no further ask was left out.
 */
export function verifyClearing(context: BundleContext): string | LevelResult {
  const { bundle } = context;
  if (!bundle.auction || !bundle.log) return absent('the bundle has no auction');
  const checkpoint = readCheckpoint(context, bundle.log.checkpoint);
  const entry = expectKind(
    'clearing',
    openProvenEntry('clearing', bundle.auction.clearing, checkpoint),
    'clearing',
  );
  const { clearing } = entry;
  assertRequest(context, clearing);
  const cited = {
    treeSize: Number(clearing.request.request.checkpointSize),
    root: clearing.request.request.checkpointRoot,
  };
  const way = bundle.auction.consistency.map(fromHex);
  if (
    !isConsistent(cited.treeSize, fromHex(cited.root), checkpoint.treeSize, fromHex(checkpoint.root), way)
  ) {
    fail('cited checkpoint: the later log does not contain it');
  }
  const entries = bundle.auction.inputs.map((input, i) =>
    openProvenEntry(`auction input ${i}`, input, cited),
  );
  const inputs = collectInputs(entries, clearing);
  const [difference] = replayClearing(clearing, inputs);
  if (difference)
    fail(`replay: ${difference.field}: claimed ${difference.claimed}, computed ${difference.replayed}`);
  assertJobTerms(context, clearing);
  return `replayed over ${inputs.asks.length} logged asks: multiplier ${clearing.winner.multiplierPpm} ppm`;
}

/** Whether a trusted key signed it is L4's question; here it only has to be the log's own word. */
function readCheckpoint({ options }: BundleContext, note: string) {
  for (const { publicKey } of options.trust.logKeys) {
    try {
      return verifyCheckpoint(note, publicKey);
    } catch {
      // another key, or another signer altogether
    }
  }
  return fail('checkpoint: not signed by a trusted log key, so nothing in it can be replayed');
}

function assertRequest({ bundle, domain }: BundleContext, clearing: Clearing): void {
  const { request, signature, regions } = clearing.request;
  const requestId = hashLeaseRequest(domain, request);
  expectEqual('clearing: request id', requestId, clearing.requestId);
  expectEqual('clearing: order', bundle.jobHeader.orderHash, request.orderHash);
  expectEqual('clearing: regions', request.regionsHash, regionsHash(regions));
  expectEqual('clearing: buyer', bundle.order.buyer, clearing.buyer);
  if (!isSignedBy(requestId, signature, bundle.order.sessionKey))
    fail('lease request: expected a signature by the session key');
}

function assertJobTerms({ bundle }: BundleContext, { winner, requestId }: Clearing): void {
  const { jobHeader } = bundle;
  expectEqual('lease id', leaseId(requestId, winner.askId), jobHeader.leaseId);
  expectEqual('clearing: lease id', winner.leaseId, jobHeader.leaseId);
  expectEqual('input price', winner.priceInput, jobHeader.priceInput);
  expectEqual('cached input price', winner.priceCachedInput, jobHeader.priceCachedInput);
  expectEqual('output price', winner.priceOutput, jobHeader.priceOutput);
}

function collectInputs(entries: readonly LogEntry[], clearing: Clearing): CitedInputs {
  const card = entries.find((entry) => entry.kind === 'price-card');
  if (card?.kind !== 'price-card') return fail('auction: its price card is not among the inputs');
  const asks = entries.flatMap((entry): StandingAsk[] => {
    if (entry.kind !== 'ask') return [];
    const { body } = entry.message;
    if (!isMessageSignedBy(ask, entry.message, body.nodeKey))
      fail(`ask ${askId(body)}: expected a signature by its node key`);
    return [
      {
        askId: askId(body),
        ask: body,
        platformId: entry.platformId,
        timestampMs: entry.atMs,
        freeSlots: freeSlots(entries, body),
      },
    ];
  });
  const unattested = new Set(
    clearing.refusals.filter(({ reason }) => reason === 'attestation').map((refusal) => refusal.askId),
  );
  const qualities = entries.flatMap((entry) => (entry.kind === 'quality' ? entry.quality.platforms : []));
  const ejected = entries.flatMap((entry) =>
    entry.kind === 'ejection' && entry.ejection.untilMs > clearing.atMs ? [entry.ejection.nodeKey] : [],
  );
  return {
    asks,
    priceCard: { ...card.message.body, priceCardHash: messageId(priceCard, card.message.body) },
    qualityPpmByPlatform: new Map(qualities.map(({ platformId, qualityPpm }) => [platformId, qualityPpm])),
    // The registry's word at that time is the chain's; here only the asks that the log itself calls unattested are left out.
    attestedEnclaves: new Set(
      asks.filter((standing) => !unattested.has(standing.askId)).map(({ ask: { enclaveKey } }) => enclaveKey),
    ),
    ejectedNodes: new Set(ejected),
  };
}

function freeSlots(
  entries: readonly LogEntry[],
  { nodeKey, enclaveKey, slots }: { nodeKey: string; enclaveKey: string; slots: number },
): number {
  const counters = entries.flatMap((entry) => {
    if (entry.kind !== 'slot-counter') return [];
    const { body } = entry.message;
    if (body.nodeKey !== nodeKey || body.enclaveKey !== enclaveKey) return [];
    if (!isMessageSignedBy(slotCounter, entry.message, body.nodeKey))
      fail(`slot counter of ${nodeKey}: expected a signature by the node key`);
    return [body];
  });
  const newest = counters.sort((a, b) => b.seq - a.seq)[0];
  return newest ? newest.slots - newest.used : slots;
}
