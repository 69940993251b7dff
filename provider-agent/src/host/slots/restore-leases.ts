import type { Hex } from '@hearth/attestation/receipt';
import type { LeaseRecord } from '../journal/journal-record.ts';
import type { LeaseBook } from './lease-book.ts';
import type { SlotLedger } from './slot-ledger.ts';

/**
 * After a restart of this process: leases of an enclave that is still alive go on, those of another one are lost.
 * A lease that the ledger already knows is left as it is.
 */
export function restoreLeases(
  records: Iterable<LeaseRecord>,
  enclaveKey: Hex,
  ledger: SlotLedger,
  leases: LeaseBook,
  nowMs: number,
): { readonly kept: Hex[]; readonly lost: Hex[] } {
  const kept: Hex[] = [];
  const lost: Hex[] = [];
  for (const { lease, hold, isDirect } of records) {
    const { leaseId, leaseExpiresAtMs } = lease.body;
    if (leaseExpiresAtMs <= nowMs || ledger.has(leaseId) || leases.isOver(leaseId)) continue;
    if (lease.body.enclaveKey === enclaveKey && ledger.sell(leaseId, leaseExpiresAtMs, nowMs)) {
      leases.granted(lease, hold, Promise.resolve(), { isDirect });
      kept.push(leaseId);
    } else {
      lost.push(leaseId);
    }
  }
  return { kept, lost };
}
