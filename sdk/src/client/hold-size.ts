import type { Hex } from '@hearth/attestation/receipt';
import { PICO_PER_MICRO } from '@hearth/attestation/receipt';
import { earnedPicoUsd, holdNeeded, type OrderRecord } from './order-record.ts';

/** A lease serves many jobs in a row; with a Hold for this many, most are spared a match of their own. */
const JOBS_PER_HOLD = 4n;
/** Of what the order has left, so that leases side by side never take all of it. */
const SHARE_OF_REST = 8n;

/**
 * Holds to ask for, in pUSD, best first: room for a few jobs as long as money is plenty; enough for the job wherever it
 * is matched; and the job alone, enough at an enclave that owes us nothing.
 */
export function holdSizes(
  record: Pick<OrderRecord, 'order' | 'pairs'>,
  jobCapPicoUsd: bigint,
  heldPicoUsd: ReadonlyMap<Hex, bigint>,
): bigint[] {
  const pairs = Object.entries(record.pairs) as [Hex, OrderRecord['pairs'][Hex]][];
  const { maxSpendMicroUsd, maxSpendPerEnclaveMicroUsd } = record.order;
  const taken = new Map(heldPicoUsd);
  for (const [enclaveKey, pair] of pairs)
    taken.set(enclaveKey, larger(earnedPicoUsd(pair), taken.get(enclaveKey) ?? 0n));
  const rest =
    smaller(maxSpendMicroUsd, maxSpendPerEnclaveMicroUsd) * PICO_PER_MICRO -
    [...taken.values()].reduce((sum, pico) => sum + pico, 0n);
  const anywhere = pairs.map(([, pair]) => holdNeeded(pair, jobCapPicoUsd)).reduce(larger, jobCapPicoUsd);
  const roomy = larger(anywhere, smaller(JOBS_PER_HOLD * jobCapPicoUsd, rest / SHARE_OF_REST));
  return [...new Set([roomy, anywhere, jobCapPicoUsd])];
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
