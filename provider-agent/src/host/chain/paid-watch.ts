import type { JournalRecord } from '../journal/journal-record.ts';
import { type JournalState, unpaidMicroUsd } from '../journal/journal-state.ts';
import type { MarketChain } from './market-chain.ts';

/** Most pairs that one round reads; the oldest first, so that all get their turn. */
const MAX_READS = 50;

/** Journals what the chain has paid meanwhile, so that the owner sees it; the settler looks only at what is overdue. */
export async function noteWhatWasPaid(
  state: JournalState,
  chain: Pick<MarketChain, 'paidMicroUsd'>,
  append: (record: JournalRecord) => Promise<void>,
): Promise<void> {
  const unpaid = [...state.pairs.values()]
    .filter((pair) => unpaidMicroUsd(pair) > 0n)
    .sort((a, b) => a.unsettledSinceMs - b.unsettledSinceMs);
  for (const { orderHash, enclaveKey, paidMicroUsd: known } of unpaid.slice(0, MAX_READS)) {
    const paidMicroUsd = await chain.paidMicroUsd(orderHash, enclaveKey);
    if (paidMicroUsd > known) await append({ kind: 'paid', orderHash, enclaveKey, paidMicroUsd });
  }
}
