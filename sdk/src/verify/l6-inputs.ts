import type { Hex } from '@hearth/attestation/receipt';
import {
  type CitedInputs,
  citedFacts,
  foldFacts,
  noFacts,
  openBooks,
  type PoolTerms,
  type ProvenAsks,
} from '../market/index.ts';
import {
  type Ask,
  ask,
  askId,
  type BookProof,
  type Clearing,
  isMessageSignedBy,
  type LogEntry,
  messageId,
  priceCard,
  type TrustFile,
} from '../protocol/index.ts';
import { expectEqual, fail } from './level.ts';

/** An entry that stands under the cited checkpoint, and where. */
export type CitedEntry = { readonly index: number; readonly entry: LogEntry };

/** An ask as the log took it. */
export type LoggedAsk = { readonly askId: Hex; readonly ask: Ask; readonly platformId: Hex };

/** What the clearing was computed from: books that it names, and logged entries, each message signed by whose word it is. */
export function collectInputs(
  cited: readonly CitedEntry[],
  books: readonly BookProof[],
  clearing: Clearing,
  logKeys: TrustFile['logKeys'],
): { inputs: CitedInputs; ranked: readonly LoggedAsk[]; shown: ProvenAsks } {
  assertShownOnce(cited);
  const shown = openBooks(clearing, books);
  if (typeof shown === 'string') return fail(`books: ${shown}`);
  const entries = cited.map(({ entry }) => entry);
  const { request } = clearing.request;
  const facts = cited
    .toSorted((a, b) => a.index - b.index)
    .reduce((known, { entry, index }) => foldFacts(known, entry, index), noFacts);
  const { pools, ...others } = citedFacts(facts, request.modelDigest, request.class, clearing.atMs);
  const sellerTier = shown.asks.find((standing) => standing.askId === clearing.winner.askId)?.ask.tier;
  // Who asks for more than its pool's ceiling has no leaf; the seller's price is held to it here.
  const withCeiling = (tier: number, terms: PoolTerms): PoolTerms =>
    tier === sellerTier ? { ...terms, ceilingPpm: clearing.ceilingPpm ?? undefined } : terms;
  return {
    inputs: {
      ...others,
      pools: new Map([...pools].map(([tier, terms]) => [tier, withCeiling(tier, terms)])),
      asks: shown.asks,
      qualityPpmByPlatform: shown.qualityPpmByPlatform,
      priceCard: priceCardOf(entries, clearing, logKeys),
    },
    ranked: rankedAsks(entries, clearing, shown),
    shown,
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
  expectEqual('price card: class', request.class, body.class);
  if (body.validFromMs > atMs)
    fail(`price card: valid from ${body.validFromMs}, and the auction was at ${atMs}`);
  return { ...body, priceCardHash: messageId(priceCard, body) };
}

/** The ranked asks as their nodes signed them, which must be what the book says of them. */
function rankedAsks(
  entries: readonly LogEntry[],
  { ranking, request: { request }, priceCardHash }: Clearing,
  { asks }: ProvenAsks,
): LoggedAsk[] {
  return ranking.map((id) => {
    const entry = entries.find((one) => one.kind === 'ask' && askId(one.message.body) === id);
    if (entry?.kind !== 'ask') return fail(`ask ${id}: ranked, and not among the inputs`);
    const { body } = entry.message;
    if (!isMessageSignedBy(ask, entry.message, body.nodeKey))
      fail(`ask ${id}: expected a signature by its node key`);
    const booked = asks.find((standing) => standing.askId === id);
    if (!booked) return fail(`ask ${id}: ranked, and not in the books`);
    expectEqual(`ask ${id}: model`, request.modelDigest, body.modelDigest);
    expectEqual(`ask ${id}: class`, request.class, body.class);
    expectEqual(`ask ${id}: price card`, priceCardHash, body.priceCardHash);
    expectEqual(`ask ${id}: timestamp`, entry.atMs, booked.timestampMs);
    for (const term of ['provider', 'tier', 'region', 'multiplierPpm', 'maxContextTokens'] as const)
      expectEqual(`ask ${id}: ${term} in the book`, body[term], booked.ask[term]);
    return { askId: id, ask: body, platformId: entry.platformId };
  });
}
