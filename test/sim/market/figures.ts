import type { Sale } from './market.ts';

/** What is counted of one run, from `fromMs` on. Sums of money are in card units: tokens × multiplier. */
export class Figures {
  arrivals = 0;
  served = 0;
  /** Of those, the ones that the first look served. */
  servedAtOnce = 0;
  jobs = 0;
  tokens = 0;
  paid = 0;
  asked = 0;
  cost = 0;
  readonly tokensByOwner: number[];
  readonly profitByOwner: number[];
  readonly fromMs: number;

  constructor(owners: number, fromMs: number) {
    this.profitByOwner = Array.from({ length: owners }, () => 0);
    this.tokensByOwner = Array.from({ length: owners }, () => 0);
    this.fromMs = fromMs;
  }

  arrival(nowMs: number): void {
    if (nowMs >= this.fromMs) this.arrivals += 1;
  }

  sale(arrivedAtMs: number, look: number): void {
    if (arrivedAtMs < this.fromMs) return;
    this.served += 1;
    if (look === 1) this.servedAtOnce += 1;
  }

  job({ home, cleared, paidPpm }: Sale, tokens: number, nowMs: number): void {
    if (nowMs < this.fromMs) return;
    const { owner, costPpm } = home.profile;
    this.jobs += 1;
    this.tokens += tokens;
    this.tokensByOwner[owner] = (this.tokensByOwner[owner] ?? 0) + tokens;
    this.paid += tokens * paidPpm;
    this.asked += tokens * cleared.standing.ask.multiplierPpm;
    this.cost += tokens * costPpm;
    this.profitByOwner[owner] = (this.profitByOwner[owner] ?? 0) + tokens * (paidPpm - costPpm);
  }

  /** Mean price that buyers paid per token. */
  get pricePpm(): number {
    return Math.round(this.paid / this.tokens);
  }

  /** By how much the asks that sold stand above what serving cost, by tokens. */
  get markup(): number {
    return this.asked / this.cost;
  }

  get shareServed(): number {
    return this.served / this.arrivals;
  }
}
