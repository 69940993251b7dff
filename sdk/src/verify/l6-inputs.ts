import {
  AskBook,
  type BookedAsk,
  type CitedInputs,
  citedFacts,
  foldFacts,
  noFacts,
} from '../market/index.ts';
import {
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
  const asks = standingAsks(cited, clearing);
  const { request } = clearing.request;
  const facts = cited
    .toSorted((a, b) => a.index - b.index)
    .reduce((known, { entry, index }) => foldFacts(known, entry, index), noFacts);
  return {
    asks,
    priceCard: priceCardOf(entries, clearing, logKeys),
    ...citedFacts(facts, request.modelDigest, request.class, clearing.atMs),
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

/** The asks for the request's model and class, folded from the shown entries as the market's own book folds its log. */
function standingAsks(cited: readonly CitedEntry[], { request: { request } }: Clearing): BookedAsk[] {
  const book = new AskBook();
  for (const { index, entry } of cited.toSorted((a, b) => a.index - b.index)) {
    if (entry.kind === 'ask') {
      const { body } = entry.message;
      if (!isMessageSignedBy(ask, entry.message, body.nodeKey))
        fail(`ask ${askId(body)}: expected a signature by its node key`);
      const { platformId, atMs: timestampMs } = entry;
      book.putAsk(index, { askId: askId(body), ask: body, platformId, timestampMs });
    } else if (entry.kind === 'slot-counter') {
      const { body } = entry.message;
      if (!isMessageSignedBy(slotCounter, entry.message, body.nodeKey))
        fail(`slot counter of ${body.nodeKey}: expected a signature by the node key`);
      book.putCounter(index, body);
    }
  }
  return book.asksFor(request.modelDigest, request.class, Number(request.checkpointSize));
}
