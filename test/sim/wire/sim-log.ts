import type { Hex } from '@hearth/attestation/receipt';
import type { AskBook } from '@hearth/sdk/market';
import type { Ask, Clearing, SlotCounter } from '@hearth/sdk/protocol';

/** What a simulated log takes; its index is its place. */
export type SimLogEntry =
  | {
      readonly kind: 'ask';
      readonly atMs: number;
      readonly askId: Hex;
      readonly platformId: Hex;
      readonly ask: Ask;
    }
  | { readonly kind: 'slot-counter'; readonly atMs: number; readonly counter: SlotCounter }
  | { readonly kind: 'receipt'; readonly atMs: number; readonly receiptHash: Hex }
  | {
      readonly kind: 'clearing';
      readonly atMs: number;
      readonly treeSize: number;
      readonly clearing: Clearing;
    };

/** Takes the next entry into the production order book. */
export function foldEntry(book: AskBook, index: number, entry: SimLogEntry): void {
  if (entry.kind === 'ask') book.putAsk(index, { ...entry, timestampMs: entry.atMs });
  else if (entry.kind === 'slot-counter') book.putCounter(index, entry.counter, entry.atMs);
}
