import { microUsdFloor, receiptFaults } from '@hearth/attestation/receipt';
import { HearthError, orderState, routes, type SignedReceipt } from '../protocol/index.ts';
import { authorisedPicoUsd, pairOf, withReceipt } from './order-record.ts';
import type { Session } from './session.ts';

/**
 * Catches up with receipts this process has not seen (it was cut off, or its file is older than it should be): takes
 * the newest receipt of every enclave from the gateway, checks it, and raises what is known as earned.
 * Jobs of a previous run that are still in flight keep counting against the cap until their receipt arrives.
 * @throws HearthError `peer_protocol_violation` for a receipt that is unsound, or beyond what was authorised: signing
 * more on top of it would pay an enclave for work that nobody asked for
 */
export async function rebuildOrder(session: Session): Promise<void> {
  const { client, file } = session;
  const state = await client.gateway.get(routes.order(file.record.orderHash), orderState);
  for (const received of state.receipts) {
    const { settlement } = received.receipt;
    if (pairOf(file.record, settlement.enclaveKey).newest?.signature === received.signature) continue;
    const faults = receiptFaults(client.domain, received.receipt, received.signature);
    if (settlement.orderHash !== file.record.orderHash || faults.length > 0) {
      throw new HearthError(
        'peer_protocol_violation',
        `gateway: offers a receipt for this order that is not sound (${faults.join(', ') || 'other order'})`,
      );
    }
    const isPaid = await isPaidOnChain(session, received);
    const { record } = file; // read after the last await: jobs may have gone on meanwhile
    const known = pairOf(record, settlement.enclaveKey).newest?.receipt.settlement.sequence ?? 0n;
    if (settlement.sequence < known) continue;
    file.save(withReceipt(record, received, { isPaid }));
    session.hedges.noteReceipt(received);
  }
}

/**
 * A file restored from an old copy knows too low a cap. The chain pays only what our session key signed, so what it has
 * paid was authorised; asked only when the file's own cap does not explain the receipt.
 */
async function isPaidOnChain({ client, file }: Session, { receipt }: SignedReceipt): Promise<boolean> {
  const { orderHash, enclaveKey, cumulativePicoUsd } = receipt.settlement;
  const cap = authorisedPicoUsd(pairOf(file.record, enclaveKey));
  if (cumulativePicoUsd <= cap || client.trust.chain.rpcUrl === null) return false;
  const { paidMicroUsd } = await client.chain.pair(orderHash, enclaveKey);
  return paidMicroUsd >= microUsdFloor(cumulativePicoUsd);
}
