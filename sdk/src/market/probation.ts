import type { PoolRecord } from '../protocol/market-record.ts';

/** Final receipts after which a platform is established. */
export const ESTABLISHED_RECEIPTS = 200;
/** Slots of a newcomer that count. */
export const NEWCOMER_SLOTS = 2;
/** Newcomers together get at most one part in this many of a pool's tokens. */
const NEWCOMER_PART = 20;
/** A pool with fewer established owners has nobody to protect: somebody must be first. */
const ESTABLISHED_OWNERS = 3;

/** `off`: newcomers compete like everybody; `open`: with two slots; `closed`: not until the next table. */
export type Probation = 'off' | 'open' | 'closed';

/** What newcomers may do in a pool until its next record. */
export function probationIn(
  pool: Pick<PoolRecord, 'owners' | 'tokens' | 'newcomerTokens'> | undefined,
): Probation {
  if (pool === undefined || pool.owners < ESTABLISHED_OWNERS) return 'off';
  return pool.newcomerTokens * NEWCOMER_PART > pool.tokens ? 'closed' : 'open';
}
