import type { Hex } from '@hearth/attestation/receipt';
import type { QualityTable } from '@hearth/sdk/protocol';
import { type HomeProfile, platformOf } from './home.ts';

export type KnownHome = Pick<HomeProfile, 'index' | 'owner' | 'qualityPpm'>;

/** Jobs that an established home's record remembers from before the run. */
const REMEMBERED_JOBS = 1_000;
/** One owner of so many is new. */
const OWNERS_PER_NEWCOMER = 8;

/** The share of jobs that comes to nothing is the one that gives its quality in the long run. */
export const lossRateOf = ({ qualityPpm }: Pick<HomeProfile, 'qualityPpm'>): number =>
  1 - (qualityPpm / 1_000_000) ** 0.25;
export const isNewcomer = ({ owner }: Pick<HomeProfile, 'owner'>): boolean =>
  owner % OWNERS_PER_NEWCOMER === OWNERS_PER_NEWCOMER - 1;

/** What the market knew of everybody but the newcomers before the run. */
export function tableBefore<Known extends KnownHome>(
  homes: readonly Known[],
  poolOf: (home: Known) => Hex,
): QualityTable {
  const established = homes.filter((home) => !isNewcomer(home));
  return {
    v: 1,
    fromIndex: 0,
    toIndex: 0,
    platforms: established.map((home) => {
      const missedMilli = Math.round(1_000 * REMEMBERED_JOBS * lossRateOf(home));
      return {
        platformId: platformOf(home.index),
        receipts: REMEMBERED_JOBS,
        doneMilli: 1_000 * REMEMBERED_JOBS - missedMilli,
        missedMilli,
        qualityPpm: home.qualityPpm,
      };
    }),
    nodes: [],
    pools: [...Map.groupBy(established, poolOf)].map(([poolId, members]) => ({
      poolId,
      receipts: REMEMBERED_JOBS * members.length,
      tokens: REMEMBERED_JOBS * members.length,
      pricePpm: null,
      owners: new Set(members.map(({ owner }) => owner)).size,
      newcomerTokens: 0,
      ceilingPpm: null,
    })),
  };
}
