import { receiptFaults } from '@hearth/attestation/receipt';
import { HearthError, orderState, routes } from '../protocol/index.ts';
import { pairOf } from './order-record.ts';
import type { Session } from './session.ts';

/**
 * Catches up with receipts this process has not seen (it was cut off, or its file is older than it should be): takes
 * the newest receipt of every enclave from the gateway, checks its signature, and raises what is known as earned.
 * Jobs of a previous run that are still in flight keep counting against the cap until their receipt arrives.
 */
export async function rebuildOrder(session: Session): Promise<void> {
  const { client, file } = session;
  const state = await client.gateway.get(routes.order(file.record.orderHash), orderState);
  let record = file.record;
  for (const received of state.receipts) {
    const { settlement } = received.receipt;
    const faults = receiptFaults(client.domain, received.receipt, received.signature);
    if (settlement.orderHash !== record.orderHash || faults.length > 0) {
      throw new HearthError(
        'peer_protocol_violation',
        `gateway: offers a receipt for this order that is not sound (${faults.join(', ') || 'other order'})`,
      );
    }
    const pair = pairOf(record, settlement.enclaveKey);
    if ((pair.newest?.receipt.settlement.sequence ?? 0n) >= settlement.sequence) continue;
    record = {
      ...record,
      pairs: {
        ...record.pairs,
        [settlement.enclaveKey]: {
          ...pair,
          newest: received,
          inFlight: pair.inFlight.filter(
            (job) => job.jobHeaderHash !== received.receipt.execution.jobHeaderHash,
          ),
        },
      },
    };
  }
  file.save(record);
}
