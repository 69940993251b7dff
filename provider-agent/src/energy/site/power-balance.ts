import type { BaseSignal } from './signals.ts';

/** Powers of one moment in the canonical frame; a battery or panel that the home does not have is 0. */
export type PowerFrame = {
  readonly gridW: number;
  readonly pvW: number;
  readonly batteryW: number;
  readonly loadW: number;
};

export type BalanceState = { readonly badCycles: number };
export type BalanceVerdict = {
  readonly state: BalanceState;
  /** load − (grid + pv + battery) */
  readonly residualW: number;
  readonly isSuspect: boolean;
  /** The one change that would make the sum right, if there is exactly one. */
  readonly explanation: BalanceExplanation | undefined;
};
export type BalanceExplanation = {
  readonly signal: BaseSignal;
  readonly fault: 'wrong_sign' | 'kilowatts_as_watts' | 'watts_as_kilowatts';
};

export const BALANCED: BalanceState = { badCycles: 0 };

const TOLERANCE_W = 150;
const TOLERANCE_SHARE = 0.08;
/** Meters read at different moments disagree for a moment: only a lasting difference is one. */
const SUSPECT_AFTER_CYCLES = 3;

/** What the home uses must come from somewhere: |load − (grid + pv + battery)| ≤ max(150 W, 8 %). */
export function checkBalance(state: BalanceState, frame: PowerFrame): BalanceVerdict {
  const residualW = residualOf(frame);
  const isBad = Math.abs(residualW) > toleranceW(frame);
  const badCycles = isBad ? state.badCycles + 1 : 0;
  const isSuspect = badCycles >= SUSPECT_AFTER_CYCLES;
  return {
    state: badCycles === state.badCycles ? state : { badCycles },
    residualW,
    isSuspect,
    explanation: isSuspect ? explain(frame) : undefined,
  };
}

const residualOf = ({ loadW, gridW, pvW, batteryW }: PowerFrame) => loadW - (gridW + pvW + batteryW);

function toleranceW({ loadW, gridW, pvW, batteryW }: PowerFrame): number {
  const throughputW = Math.max(Math.abs(loadW), Math.abs(gridW), Math.abs(pvW), Math.abs(batteryW));
  return Math.max(TOLERANCE_W, TOLERANCE_SHARE * throughputW);
}

const flows = ['gridW', 'pvW', 'batteryW', 'loadW'] as const;
/** What can be wrong with a value of that size, and what makes it right. */
const repairs = [
  { fault: 'wrong_sign', factor: -1, isPossible: (watts: number) => watts !== 0 },
  {
    fault: 'kilowatts_as_watts',
    factor: 1_000,
    isPossible: (watts: number) => watts !== 0 && Math.abs(watts) < 50,
  },
  { fault: 'watts_as_kilowatts', factor: 0.001, isPossible: (watts: number) => Math.abs(watts) > 20_000 },
] as const;

function explain(frame: PowerFrame): BalanceExplanation | undefined {
  const found: BalanceExplanation[] = [];
  for (const signal of flows)
    for (const { fault, factor, isPossible } of repairs) {
      if (!isPossible(frame[signal])) continue;
      const repaired = { ...frame, [signal]: frame[signal] * factor };
      const isHome = repaired.pvW >= -100 && repaired.loadW >= -100;
      if (isHome && Math.abs(residualOf(repaired)) <= toleranceW(repaired)) found.push({ signal, fault });
    }
  return found.length === 1 ? found[0] : undefined;
}
