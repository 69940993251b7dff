import type { Clearing, RefusalReason } from '../protocol/clearing.ts';
import type { StandingAsk } from './clearing-input.ts';
import { refusalRule } from './eligible.ts';
import { qualityOf } from './order.ts';
import { type CitedInputs, soldOutAsClaimed, statedInput } from './replay.ts';

/** What one clearing meant for one ask that stood under its checkpoint. */
export type AskOutcome =
  | { readonly kind: 'won'; readonly multiplierPpm: number }
  /** It was asked before the winner and its node did not sell. */
  | { readonly kind: 'not_sold' }
  /** It could have served; `winningPpm` is the highest multiplier with which it would have stood before the winner. */
  | { readonly kind: 'outbid'; readonly clearingEffectiveAsk: number; readonly winningPpm: number }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** Tells every ask under the cited checkpoint what became of it. The caller has checked that the clearing replays. */
export function outcomeRule(
  logged: Clearing,
  cited: Omit<CitedInputs, 'asks'>,
): (standing: StandingAsk) => AskOutcome {
  const refusalOf = refusalRule({ ...statedInput(logged), ...cited });
  const { winner, ranking } = logged;
  const unsold = ranking.slice(0, ranking.indexOf(winner.askId));
  const unattested = new Set(logged.unattested);
  const isSoldOut = soldOutAsClaimed(logged);
  return (standing) => {
    const { askId, platformId } = standing;
    if (askId === winner.askId) return { kind: 'won', multiplierPpm: winner.multiplierPpm };
    if (unsold.includes(askId)) return { kind: 'not_sold' };
    if (isSoldOut(standing)) return { kind: 'refused', reason: 'slots' };
    const reason = unattested.has(askId) ? 'attestation' : refusalOf(standing);
    if (reason !== undefined) return { kind: 'refused', reason };
    const qualityPpm = qualityOf(platformId, cited.qualityPpmByPlatform);
    return {
      kind: 'outbid',
      clearingEffectiveAsk: winner.effectiveAsk,
      winningPpm: beatingMultiplierFloor(winner.effectiveAsk, qualityPpm),
    };
  };
}

/** The highest multiplier whose effective ask is below `effectiveAsk`: 0 when none is. */
function beatingMultiplierFloor(effectiveAsk: number, qualityPpm: number): number {
  const scaled = (effectiveAsk - 1) * qualityPpm;
  return (scaled - (scaled % 1_000_000)) / 1_000_000;
}
