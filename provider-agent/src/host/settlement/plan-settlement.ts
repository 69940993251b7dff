import { type Pair, unpaidMicroUsd } from '../journal/journal-state.ts';

export type SettlementLimits = {
  readonly settleAboveMicroUsd: bigint;
  readonly settleAfterMs: number;
  readonly settleWhenUnlinkedAfterMs: number;
  readonly minSettlementMicroUsd: bigint;
};

export type SettlementSituation = {
  readonly nowMs: number;
  /** Since when no gateway can be reached; undefined while linked. */
  readonly unlinkedSinceMs: number | undefined;
};

export type SettlementReason = 'above-limit' | 'gateway-late' | 'gateway-gone';

/** Most items of one transaction: at ~22 k gas each, well within a block. */
export const MAX_ITEMS = 100;

/** Which earnings this node now settles itself, and why; usually none, because the gateway has. Richest first. */
export function planSettlement(
  pairs: Iterable<Pair>,
  limits: SettlementLimits,
  situation: SettlementSituation,
): { readonly pairs: Pair[]; readonly reason: SettlementReason } | undefined {
  const owed = [...pairs]
    .map((pair) => ({ pair, microUsd: unpaidMicroUsd(pair) }))
    .filter(({ microUsd }) => microUsd > 0n && microUsd >= limits.minSettlementMicroUsd)
    .sort((a, b) => (a.microUsd < b.microUsd ? 1 : a.microUsd > b.microUsd ? -1 : 0));
  const total = owed.reduce((sum, { microUsd }) => sum + microUsd, 0n);
  const choose = (chosen: typeof owed, reason: SettlementReason) =>
    chosen.length === 0 ? undefined : { pairs: chosen.slice(0, MAX_ITEMS).map(({ pair }) => pair), reason };
  if (total > limits.settleAboveMicroUsd) return choose(owed, 'above-limit');

  const { nowMs, unlinkedSinceMs } = situation;
  const ageMs = ({ pair }: { pair: Pair }) => nowMs - pair.unsettledSinceMs;
  const isGatewayGone =
    unlinkedSinceMs !== undefined && nowMs - unlinkedSinceMs >= limits.settleWhenUnlinkedAfterMs;
  if (isGatewayGone)
    return choose(
      owed.filter((item) => ageMs(item) >= limits.settleWhenUnlinkedAfterMs),
      'gateway-gone',
    );
  return choose(
    owed.filter((item) => ageMs(item) >= limits.settleAfterMs),
    'gateway-late',
  );
}
