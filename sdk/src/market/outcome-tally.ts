import type { RefusalReason } from '../protocol/clearing.ts';
import type { AskOutcome } from './outcome.ts';

export interface OutcomeCounts {
  readonly won: number;
  readonly notSold: number;
  readonly outbid: number;
  readonly withoutAsk: number;
  readonly refused: Partial<Record<RefusalReason, number>>;
  readonly winningPpm: { readonly halfOfThem: number; readonly oneOfThem: number } | null;
}

/** Why a node is or is not earning: its outcomes, counted. Undefined is a clearing under which it had no ask. */
export function tallyOutcomes(outcomes: readonly (AskOutcome | undefined)[]): OutcomeCounts {
  const refused: Partial<Record<RefusalReason, number>> = {};
  const winning: number[] = [];
  const count = (kind: AskOutcome['kind']) => outcomes.filter((outcome) => outcome?.kind === kind).length;
  for (const outcome of outcomes) {
    if (outcome?.kind === 'refused') refused[outcome.reason] = (refused[outcome.reason] ?? 0) + 1;
    if (outcome?.kind === 'outbid') winning.push(outcome.winningPpm);
  }
  winning.sort((a, b) => b - a);
  const oneOfThem = winning[0];
  const halfOfThem = winning[Math.ceil(winning.length / 2) - 1];
  return {
    won: count('won'),
    notSold: count('not_sold'),
    outbid: winning.length,
    withoutAsk: outcomes.filter((outcome) => outcome === undefined).length,
    refused,
    winningPpm: oneOfThem === undefined || halfOfThem === undefined ? null : { halfOfThem, oneOfThem },
  };
}
