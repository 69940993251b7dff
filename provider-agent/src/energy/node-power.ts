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
  /** To the enclave, for its receipts: what the node's work has taken since the last time, by its meter. */
  declareEnergy(word: EnergyWord): void;
  load(): { readonly isReady: boolean; readonly runningJobs: number; readonly slots: number };
  /** Base prices of the model on offer; undefined while there is none. */
  card(): CardPrices | undefined;
  isClockSynced(): boolean;
}

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
    declareEnergy: (word) => node()?.declareEnergy(word),
    load: () => node()?.load() ?? { isReady: false, runningJobs: 0, slots: 0 },
    card: () => node()?.card(),
    isClockSynced: () => node()?.isClockSynced() ?? false,
  };
}
