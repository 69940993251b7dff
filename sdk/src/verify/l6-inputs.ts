import { type CitedInputs, foldFacts, isEjected, noFacts, type StandingAsk } from '../market/index.ts';
import {
  type Ask,
  ask,
  askId,
  type Clearing,
  isMessageSignedBy,
  type LogEntry,
  messageId,
  priceCard,
  slotCounter,
  type TrustFile,
} from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';

/** An entry that stands under the cited checkpoint, and where. */
export type CitedEntry = { readonly index: number; readonly entry: LogEntry };

/** What the logged entries say that the clearing was computed from; each message signed by whose word it is. */
export function collectInputs(
  cited: readonly CitedEntry[],
  clearing: Clearing,
  logKeys: TrustFile['logKeys'],
): CitedInputs {
  assertShownOnce(cited);
  const entries = cited.map(({ entry }) => entry);
  const asks = standingAsks(entries);
  const facts = cited
    .toSorted((a, b) => a.index - b.index)
    .reduce((known, { entry }) => foldFacts(known, entry), noFacts);
  return {
    asks,
    priceCard: priceCardOf(entries, clearing, logKeys),
    qualityPpmByPlatform: new Map(
      [...facts.platforms].map(([platformId, { qualityPpm }]) => [platformId, qualityPpm]),
    ),
    ejectedNodes: new Set(
      asks
        .map(({ ask: { nodeKey } }) => nodeKey)
        .filter((nodeKey) => isEjected(facts, nodeKey, clearing.atMs)),
    ),
  };
}

function assertShownOnce(cited: readonly CitedEntry[]): void {
  const seen = new Set<number>();
  cited.forEach(({ index }, i) => {
    if (seen.has(index)) fail(`auction input ${i}: entry ${index} is shown twice`);
    seen.add(index);
  });
}

function priceCardOf(
  entries: readonly LogEntry[],
  { request: { request }, atMs }: Clearing,
  logKeys: TrustFile['logKeys'],
): CitedInputs['priceCard'] {
  const cards = entries.flatMap((entry) => (entry.kind === 'price-card' ? [entry.message] : []));
  const [card] = cards;
  if (!card || cards.length > 1)
    return fail(`auction: expected one price card among the inputs, got ${cards.length}`);
  const { body } = card;
  if (!logKeys.some(({ publicKey }) => isMessageSignedBy(priceCard, card, publicKey)))
    fail('price card: expected a signature by a log key of the trust file');
  expectEqual('price card: model', request.modelDigest, body.modelDigest);
  if (body.validFromMs > atMs)
    fail(`price card: valid from ${body.validFromMs}, and the auction was at ${atMs}`);
  return { ...body, priceCardHash: messageId(priceCard, body) };
}

function standingAsks(entries: readonly LogEntry[]): StandingAsk[] {
  const offered = new Set<string>();
  return entries.flatMap((entry): StandingAsk[] => {
    if (entry.kind !== 'ask') return [];
    const { body } = entry.message;
    if (!isMessageSignedBy(ask, entry.message, body.nodeKey))
      fail(`ask ${askId(body)}: expected a signature by its node key`);
    // A node's newest ask replaces its older one: two of them are one too many, whichever is the true one.
    const offer = `${body.nodeKey}/${body.modelDigest}/${body.class}`;
    if (offered.has(offer)) fail(`asks of node ${body.nodeKey}: expected its newest one, got two`);
    offered.add(offer);
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
}

function freeSlots(entries: readonly LogEntry[], { nodeKey, enclaveKey, slots }: Ask): number {
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
