import { PICO_PER_MICRO } from '@hearth/attestation/receipt';
import type { Hold } from '@hearth/sdk/protocol';
import { type Pair, type PairId, pairId, unpaidMicroUsd } from '../journal/journal-state.ts';

/**
 * What this node could lose if no more settlement came: per (order, enclave), what is earned or may still be earned
 * under the standing Hold, less what the chain has paid. In pUSD.
 */
export function exposurePicoUsd(pairs: ReadonlyMap<PairId, Pair>, holds: readonly Hold[]): bigint {
  const atRisk = new Map<PairId, bigint>();
  for (const [id, pair] of pairs) atRisk.set(id, unpaidMicroUsd(pair) * PICO_PER_MICRO);
  for (const { orderHash, enclaveKey, heldCumulativePicoUsd } of holds) {
    const id = pairId(orderHash, enclaveKey);
    const paid = (pairs.get(id)?.paidMicroUsd ?? 0n) * PICO_PER_MICRO;
    const open = heldCumulativePicoUsd - paid;
    if (open > (atRisk.get(id) ?? 0n)) atRisk.set(id, open);
  }
  return [...atRisk.values()].reduce((sum, pico) => sum + pico, 0n);
}
