import type { Hex } from '@hearth/attestation/receipt';
import type { Ejection } from '../protocol/market-record.ts';
import type { StandingLimit } from '../protocol/standing.ts';
import type { StandingAsk } from './clearing-input.ts';
import type { Logged, MarketFacts } from './market-facts.ts';
import { poolId } from './pool-id.ts';
import { ESTABLISHED_RECEIPTS, NEWCOMER_SLOTS, probationIn } from './probation.ts';

/** What the market's records hold against a node and its standing asks at `atMs`, whatever a request wants. */
export function standingLimits(
  { ejections, nodes, pools, platforms }: MarketFacts,
  nodeKey: Hex,
  asks: readonly StandingAsk[],
  atMs: number,
): StandingLimit[] {
  const inForce = (ejections.get(nodeKey) ?? []).filter(({ untilMs }) => untilMs > atMs);
  const longest = inForce.toSorted((a, b) => b.untilMs - a.untilMs)[0];
  const answers = nodes.get(nodeKey);
  return [
    ...(longest === undefined ? [] : [ejected(longest)]),
    ...(answers === undefined || answers.slotLimit === null
      ? []
      : [{ reason: 'overstated' as const, slots: answers.slotLimit, logIndex: answers.logIndex }]),
    ...asks.flatMap(({ ask, platformId }): StandingLimit[] => {
      const pool = poolId(ask.modelDigest, ask.tier, ask.class);
      const newest = pools.get(pool)?.newest;
      if (newest === undefined) return [];
      const { logIndex, ceilingPpm } = newest;
      const probation = probationIn(newest);
      const receipts = platforms.get(platformId)?.receipts ?? 0;
      const isNew = probation !== 'off' && receipts < ESTABLISHED_RECEIPTS;
      const slots = probation === 'open' ? NEWCOMER_SLOTS : 0;
      const wanted = { receipts, receiptsWanted: ESTABLISHED_RECEIPTS };
      const { multiplierPpm } = ask;
      return [
        ...(isNew ? [{ reason: 'probation' as const, poolId: pool, slots, ...wanted, logIndex }] : []),
        ...(ceilingPpm !== null && multiplierPpm > ceilingPpm
          ? [{ reason: 'ceiling' as const, poolId: pool, multiplierPpm, ceilingPpm, logIndex }]
          : []),
      ];
    }),
  ];
}

function ejected({ reason: cause, missed, trials, untilMs, logIndex }: Logged<Ejection>): StandingLimit {
  return { reason: 'ejected', cause, missed, trials, untilMs, logIndex };
}
