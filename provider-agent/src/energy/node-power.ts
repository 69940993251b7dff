import type { CardPrices } from './price/held-ask.ts';

/** What energy may do with the node. The host is one; a shadow run uses one that does nothing. */
export interface NodePower {
  /** Jobs at the same time; what runs beyond it goes on. */
  limitSlots(slots: number): void;
  /** Declared to the market: nothing is for sale for a while, and that is no fault. */
  setPaused(reason: 'energy' | 'quiet_hours', isPaused: boolean): void;
  /** Ends all jobs now; each is billed up to here, and its buyer hears of it. */
  stopJobs(reason: string): void;
  reprice(multiplierPpm: number): void;
  /** When the node will be for sale if nothing else happens: told to the market, which is promised nothing by it. */
  planSales(plan: SalesPlan): void;
  /** To the enclave, for its receipts: what the node's work has taken since the last time, by its meter. */
  declareEnergy(word: EnergyWord): void;
  load(): { readonly isReady: boolean; readonly runningJobs: number; readonly slots: number };
  /** Base prices of the model on offer; undefined while there is none. */
  card(): CardPrices | undefined;
  isClockSynced(): boolean;
}

/** A stretch of time at one operating point and about one price. */
export type PlannedSale = {
  readonly startMs: number;
  readonly endMs: number;
  readonly slots: number;
  /** The most that will be asked in it; undefined: what is asked now, whatever energy costs. */
  readonly multiplierPpm: number | undefined;
  /** At full use; the market may count on p10 only. */
  readonly outputTokensP10: number;
  readonly outputTokensP50: number;
};

export type SalesPlan = {
  /** In order of time. */
  readonly sales: readonly PlannedSale[];
  /** Up to here no sale means none; beyond it nothing is foreseen. */
  readonly knownUntilMs: number;
};

/** Our word on energy, and what a token costs by calibration: how the enclave weighs input against output. */
export type EnergyWord = {
  readonly workMilliJoules: number;
  readonly inputMicroJoules: number;
  readonly outputMicroJoules: number;
};

/** A node that comes up later: until then it is not ready, and nothing that is said to it is lost, because each cycle says it again. */
export function lateNode(node: () => NodePower | undefined): NodePower {
  return {
    limitSlots: (slots) => node()?.limitSlots(slots),
    setPaused: (reason, isPaused) => node()?.setPaused(reason, isPaused),
    stopJobs: (reason) => node()?.stopJobs(reason),
    reprice: (multiplierPpm) => node()?.reprice(multiplierPpm),
    planSales: (plan) => node()?.planSales(plan),
    declareEnergy: (word) => node()?.declareEnergy(word),
    load: () => node()?.load() ?? { isReady: false, runningJobs: 0, slots: 0 },
    card: () => node()?.card(),
    isClockSynced: () => node()?.isClockSynced() ?? false,
  };
}
