import type { Hex } from '@hearth/attestation/receipt';
import type { PriceWindow } from '../protocol/market-record.ts';
import type { ReceiptLeaf } from '../protocol/receipt.ts';
import { endingOf } from './receipt-ending.ts';

/** Length of a window of log time. */
export const WINDOW_MS = 5_000;

/** A receipt or a window where it stands in the log; a window, and a receipt that counts for nothing, only moves log time. */
export interface TimedLeaf {
  readonly index: number;
  readonly atMs: number;
  readonly leaf: ReceiptLeaf | undefined;
}

interface OpenWindow {
  readonly poolId: Hex;
  readonly fromMs: number;
  readonly fromIndex: number;
  toIndex: number;
  readonly providers: Map<Hex, { receipts: number; readonly tokensByAsk: Map<number, number> }>;
}

/**
 * The windows that receipts fall into, by end and then by pool. `leaves` follow in log order on the receipts of which
 * the windows up to `startMs` were made. Log time is the greatest `atMs` so far: a late or back-dated receipt counts in
 * the window that is open when it comes. Windows that end after `closedMs` are still open and left out.
 */
export function windowsOf(leaves: Iterable<TimedLeaf>, startMs: number, closedMs: number): PriceWindow[] {
  const open = new Map<string, OpenWindow>();
  let logTimeMs = startMs;
  for (const { index, atMs, leaf } of leaves) {
    logTimeMs = Math.max(logTimeMs, atMs);
    if (leaf === undefined || endingOf(leaf.outcome) !== 'done') continue;
    const fromMs = logTimeMs - (logTimeMs % WINDOW_MS);
    const key = `${fromMs}/${leaf.poolId}`;
    const window = open.get(key) ?? {
      poolId: leaf.poolId,
      fromMs,
      fromIndex: index,
      toIndex: index,
      providers: new Map(),
    };
    open.set(key, window);
    add(window, leaf, index);
  }
  return [...open.values()]
    .filter(({ fromMs }) => fromMs + WINDOW_MS <= closedMs)
    .sort((a, b) => a.fromMs - b.fromMs || (a.poolId < b.poolId ? -1 : 1))
    .map(closed);
}

function add(window: OpenWindow, { provider, effectiveAsk, billedTokens }: ReceiptLeaf, index: number): void {
  window.toIndex = index + 1;
  const own = window.providers.get(provider) ?? { receipts: 0, tokensByAsk: new Map<number, number>() };
  own.receipts += 1;
  own.tokensByAsk.set(effectiveAsk, (own.tokensByAsk.get(effectiveAsk) ?? 0) + billedTokens);
  window.providers.set(provider, own);
}

function closed({ poolId, fromMs, fromIndex, toIndex, providers }: OpenWindow): PriceWindow {
  return {
    v: 1,
    poolId,
    fromMs,
    toMs: fromMs + WINDOW_MS,
    fromIndex,
    toIndex,
    providers: [...providers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([provider, { receipts, tokensByAsk }]) => ({
        provider,
        receipts,
        asks: [...tokensByAsk]
          .sort(([a], [b]) => a - b)
          .map(([effectiveAsk, billedTokens]) => ({ effectiveAsk, billedTokens })),
      })),
  };
}
