import {
  type ClearedAsk,
  type PoolTerms,
  type TimedLeaf,
  WINDOW_MS,
  windowPricePpm,
  windowsOf,
} from '@hearth/sdk/market';
import type { PriceWindow } from '@hearth/sdk/protocol';
import { word } from './identifiers.ts';
import type { PricedReceipt, PriceRule } from './price-rule.ts';

/** `windowPricePpm` looks no further back. */
const WINDOW_MEMORY_MS = 60_000;

/** The market's own rule, over the windows that the log would hold. */
export class Merit implements PriceRule {
  readonly #ceilingPpm: number | undefined;
  #open: TimedLeaf[] = [];
  #windows: PriceWindow[] = [];
  #closedMs = 0;
  readonly #history: { readonly pricePpm: number; readonly tokens: number }[] = [];
  #receipts = 0;

  /** @param ceilingPpm C, as a longer history would have it */
  constructor(ceilingPpm?: number) {
    this.#ceilingPpm = ceilingPpm;
  }

  receipt({ provider, effectiveAsk, billedTokens }: PricedReceipt, nowMs: number): void {
    this.#close(nowMs);
    this.#receipts += 1;
    const leaf = { ...anyLeaf, provider, effectiveAsk, billedTokens };
    this.#open.push({ index: this.#receipts, atMs: nowMs, leaf });
  }

  pool(nowMs: number): PoolTerms {
    this.#close(nowMs);
    return { windows: this.#windows, ceilingPpm: this.#ceilingPpm, probation: 'off' };
  }

  paidPpm({ multiplierPpm }: ClearedAsk): number {
    return multiplierPpm;
  }

  /** Token-weighted median of the window prices so far: what a ceiling hangs on. */
  get medianPpm(): number | undefined {
    const ascending = this.#history.toSorted((a, b) => a.pricePpm - b.pricePpm);
    const half = ascending.reduce((sum, { tokens }) => sum + tokens, 0) / 2;
    let below = 0;
    return ascending.find(({ tokens }) => {
      below += tokens;
      return below >= half;
    })?.pricePpm;
  }

  #remember(toMs: number, providers: PriceWindow['providers']): void {
    const pricePpm = windowPricePpm(this.#windows, toMs);
    const tokens = providers
      .flatMap(({ asks }) => asks)
      .reduce((sum, { billedTokens }) => sum + billedTokens, 0);
    if (pricePpm !== undefined) this.#history.push({ pricePpm, tokens });
  }

  /** Closes what is over: prices change only here. */
  #close(nowMs: number): void {
    const closedMs = nowMs - (nowMs % WINDOW_MS);
    if (closedMs === this.#closedMs) return;
    const closed = windowsOf(this.#open, this.#closedMs, closedMs);
    this.#windows = [...this.#windows, ...closed].filter(({ toMs }) => toMs > closedMs - WINDOW_MEMORY_MS);
    for (const { toMs, providers } of closed) this.#remember(toMs, providers);
    this.#open = [];
    this.#closedMs = closedMs;
  }
}

const anyLeaf = {
  v: 1 as const,
  receiptHash: word(0, 0),
  leaseId: word(0, 0),
  poolId: word(0x90, 1),
  nodeKey: word(0, 0),
  outcome: 1,
};
