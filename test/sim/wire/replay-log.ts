import { AskBook, type PriceCardPrices, replayClearing } from '@hearth/sdk/market';
import { plainFacts } from '../market/facts.ts';
import { foldEntry, type SimLogEntry } from './sim-log.ts';

export interface Replay {
  readonly clearings: number;
  /** What did not come out as logged, in words. */
  readonly differences: readonly string[];
}

/** Folds the log again from its first entry and computes every clearing under the size that it cites. */
export function replayLog(log: readonly SimLogEntry[], priceCard: PriceCardPrices): Replay {
  const book = new AskBook();
  const differences: string[] = [];
  let clearings = 0;
  for (const [index, entry] of log.entries()) {
    foldEntry(book, index, entry);
    if (entry.kind !== 'clearing') continue;
    const { treeSize, clearing } = entry;
    clearings += 1;
    const found = replayClearing(clearing, {
      asks: book.asksFor(clearing.request.request.modelDigest, clearing.request.request.class, treeSize),
      priceCard,
      qualityPpmByPlatform: new Map(),
      ...plainFacts,
      pools: new Map(),
    });
    for (const { field, claimed, replayed } of found)
      differences.push(`${clearing.requestId}: ${field} ${claimed}, replayed ${replayed}`);
  }
  return { clearings, differences };
}
