import type { Hex } from '@hearth/attestation/receipt';
import type { ClearedAsk, PoolTerms } from '@hearth/sdk/market';

/** What the log knows of one served job. */
export interface PricedReceipt {
  readonly provider: Hex;
  readonly effectiveAsk: number;
  readonly billedTokens: number;
}

/** How the market prices: fed with every receipt in the order of the log, asked at every clearing. */
export interface PriceRule {
  receipt(receipt: PricedReceipt, nowMs: number): void;
  /** What the clearing function is given of the pool. */
  pool(nowMs: number): PoolTerms;
  /** What a seller is paid: what the clearing says, unless this is another rule than the market's. */
  paidPpm(seller: ClearedAsk, limitPpm: number, nowMs: number): number;
}

/** A pool in which nobody is on probation and nothing was sold yet: every seller is paid what it asks. */
export const quietPool: PoolTerms = { windows: [], ceilingPpm: undefined, probation: 'off' };

/** Every winner is paid what it asks. */
export class PayAsAsk implements PriceRule {
  receipt(): void {}

  pool(): PoolTerms {
    return quietPool;
  }

  paidPpm({ multiplierPpm }: ClearedAsk): number {
    return multiplierPpm;
  }
}

const WINDOW_MS = 5_000;

/**
 * The rule that was not taken: everybody gets the dearest effective ask that was accepted in the last closed window,
 * however little it sold. Stands beside MERIT in `squeeze`.
 */
export class LastAccepted implements PriceRule {
  #window = 0;
  #highest: number | undefined;
  #price: number | undefined;

  receipt({ effectiveAsk }: PricedReceipt, nowMs: number): void {
    this.#roll(nowMs);
    this.#highest = Math.max(this.#highest ?? 0, effectiveAsk);
  }

  pool(): PoolTerms {
    return quietPool;
  }

  paidPpm({ multiplierPpm, qualityPpm }: ClearedAsk, limitPpm: number, nowMs: number): number {
    this.#roll(nowMs);
    const uniform = Math.floor((qualityPpm * (this.#price ?? 0)) / 1_000_000);
    return Math.max(multiplierPpm, Math.min(uniform, limitPpm));
  }

  #roll(nowMs: number): void {
    const window = Math.floor(nowMs / WINDOW_MS);
    if (window === this.#window) return;
    this.#price = window === this.#window + 1 ? this.#highest : undefined;
    this.#highest = undefined;
    this.#window = window;
  }
}
