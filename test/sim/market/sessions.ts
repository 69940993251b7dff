import { IDLE_SLOT_MS } from '@hearth/provider-agent/slots';
import type { SimRandom } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { Figures } from './figures.ts';
import { account } from './identifiers.ts';
import type { Market, Sale } from './market.ts';
import type { PriceRule } from './price-rule.ts';

/** Who comes to buy. A session is one lease with several jobs, one after the other. */
export interface Demand {
  /** Between two buyers, on average. */
  readonly meanGapMs: number;
  readonly meanJobs: number;
  readonly minTokens: number;
  readonly maxTokens: number;
  readonly msPerToken: number;
  /** The most a buyer pays, as a multiplier of the card: uniform in this range. */
  readonly minLimitPpm: number;
  readonly maxLimitPpm: number;
  /** How often a buyer asks for a lease before it leaves, and the pause between. */
  readonly looks: number;
  readonly pauseMs: number;
}

/** How long a session keeps a slot on average: its jobs, and the time that the slot waits for a next one. */
export const meanHoldMs = ({ meanJobs, minTokens, maxTokens, msPerToken }: Demand): number =>
  meanJobs * ((minTokens + maxTokens) / 2) * msPerToken + IDLE_SLOT_MS;

interface Session {
  readonly buyer: number;
  readonly arrivedAtMs: number;
  readonly limitPpm: number;
  /** Tokens of each job. */
  readonly jobs: readonly number[];
  /** Left out of the figures: it is not one of the market's ordinary buyers. */
  readonly isForeign: boolean;
}

/** Buyers that come, buy, run their jobs and go. */
export class Sessions {
  readonly #simulation: Simulation;
  readonly #market: Market;
  readonly #rule: PriceRule;
  readonly #random: SimRandom;
  readonly #demand: Demand;
  readonly #figures: Figures;
  #buyers = 0;

  constructor(
    simulation: Simulation,
    market: Market,
    rule: PriceRule,
    random: SimRandom,
    demand: Demand,
    figures: Figures,
  ) {
    this.#simulation = simulation;
    this.#market = market;
    this.#rule = rule;
    this.#random = random;
    this.#demand = demand;
    this.#figures = figures;
  }

  /** Buyers come until `endMs`. */
  arriveUntil(endMs: number): void {
    this.#simulation.after(this.#random.gapMs(this.#demand.meanGapMs), () => {
      if (this.#simulation.nowMs() >= endMs) return;
      this.#figures.arrival(this.#simulation.nowMs());
      this.#look(this.#next(), 1);
      this.arriveUntil(endMs);
    });
  }

  /** One session of a buyer who is not counted, now. @returns undefined when it finds no slot */
  openForeign(limitPpm: number, jobs: readonly number[]): Sale | undefined {
    const session = { buyer: 0, arrivedAtMs: this.#simulation.nowMs(), limitPpm, jobs, isForeign: true };
    const sale = this.#market.request(account(0xb0, 0), limitPpm);
    if (sale !== undefined) this.#begin(session, sale, 0);
    return sale;
  }

  #next(): Session {
    const { meanJobs, minTokens, maxTokens, minLimitPpm, maxLimitPpm } = this.#demand;
    this.#buyers += 1;
    const jobs = Array.from({ length: this.#random.geometric(meanJobs) }, () =>
      this.#random.between(minTokens, maxTokens),
    );
    return {
      buyer: this.#buyers,
      arrivedAtMs: this.#simulation.nowMs(),
      limitPpm: this.#random.between(minLimitPpm, maxLimitPpm),
      jobs,
      isForeign: false,
    };
  }

  #look(session: Session, look: number): void {
    const sale = this.#market.request(account(0xb0, session.buyer), session.limitPpm);
    if (sale !== undefined) {
      this.#figures.sale(session.arrivedAtMs, look);
      this.#begin(session, sale, 0);
    } else if (look < this.#demand.looks)
      this.#simulation.after(this.#demand.pauseMs, () => this.#look(session, look + 1));
  }

  #begin(session: Session, sale: Sale, job: number): void {
    const tokens = session.jobs[job];
    if (tokens === undefined) {
      this.#simulation.after(IDLE_SLOT_MS, () => this.#idleEnded(sale));
      return;
    }
    const begun = sale.home.ledger.beginJob(sale.leaseId, this.#simulation.nowMs());
    this.#simulation.assert(begun === 'begun', 'a sold slot serves', () => `${sale.leaseId}: ${begun}`);
    this.#market.jobBegan(sale);
    this.#simulation.after(Math.max(1, tokens * this.#demand.msPerToken), () =>
      this.#end(session, sale, job, tokens),
    );
  }

  #end(session: Session, sale: Sale, job: number, tokens: number): void {
    const nowMs = this.#simulation.nowMs();
    sale.home.ledger.endJob(sale.leaseId, nowMs);
    this.#market.jobEnded(sale);
    const { effectiveAsk, standing } = sale.cleared;
    const { provider } = standing.ask;
    const isDelivered = this.#market.records?.ended(sale.home.profile, effectiveAsk, tokens) ?? true;
    if (isDelivered) this.#rule.receipt({ provider, effectiveAsk, billedTokens: tokens }, nowMs);
    if (isDelivered && !session.isForeign) this.#figures.job(sale, tokens, nowMs);
    this.#begin(session, sale, job + 1);
  }

  #idleEnded({ home }: Sale): void {
    home.ledger.expire(this.#simulation.nowMs());
    this.#market.counted(home);
  }
}
