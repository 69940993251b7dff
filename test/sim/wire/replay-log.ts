import { AskBook, type PriceCardPrices, replayClearing } from '@hearth/sdk/market';
import { canonicalBytes, type LogEntry } from '@hearth/sdk/protocol';
import { WireRecords } from './wire-records.ts';

export interface Replay {
  readonly clearings: number;
  readonly tables: number;
  readonly ejections: number;
  /** What did not come out as logged, in words. */
  readonly differences: readonly string[];
}

/**
 * Folds the log again from its first entry and computes every clearing under the size that it cites, and every table and
 * ejection from what came before; the first table is what was known before the log began.
 */
export function replayLog(log: readonly LogEntry[], priceCard: PriceCardPrices): Replay {
  const book = new AskBook();
  const records = new WireRecords(book, 0);
  const differences: string[] = [];
  const counts = { clearings: 0, tables: 0, ejections: 0 };
  let due: string[] = [];
  for (const [index, entry] of log.entries()) {
    if (entry.kind === 'quality' || entry.kind === 'ejection') {
      const isFirst = index === 0;
      if (entry.kind === 'quality' && !isFirst) due = records.close(index, entry.atMs).map(textOf);
      if (!isFirst && due.shift() !== textOf(entry))
        differences.push(`entry ${index}: another ${entry.kind}`);
      counts[entry.kind === 'quality' ? 'tables' : 'ejections'] += 1;
    } else if (due.length > 0) {
      differences.push(`entry ${index}: ${due.length} ejections are missing before it`);
      due = [];
    }
    records.take(index, entry);
    if (entry.kind !== 'clearing') continue;
    const { clearing } = entry;
    for (const { askId: id, counterIndex } of clearing.full)
      if (!saysFull(log[counterIndex]) || counterIndex >= index)
        differences.push(`${clearing.requestId}: entry ${counterIndex} does not say that ${id} is full`);
    const { modelDigest, class: jobClass, checkpointSize } = clearing.request.request;
    const treeSize = Number(checkpointSize);
    counts.clearings += 1;
    const found = replayClearing(clearing, {
      ...records.citedAt(treeSize, clearing.atMs),
      asks: book.asksFor(modelDigest, jobClass, treeSize),
      priceCard,
    });
    for (const { field, claimed, replayed } of found)
      differences.push(`${clearing.requestId}: ${field} ${claimed}, replayed ${replayed}`);
  }
  return { ...counts, differences };
}

const saysFull = (entry: LogEntry | undefined): boolean =>
  entry?.kind === 'slot-counter' && entry.message.body.used >= entry.message.body.slots;

const textOf = (entry: LogEntry): string => new TextDecoder().decode(canonicalBytes(entry));
