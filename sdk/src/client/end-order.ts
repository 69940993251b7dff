import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '../protocol/index.ts';
import type { Client } from './context.ts';

/** OrderStatus of the settlement contract. */
const [UNKNOWN, OPEN] = [0, 1];

/**
 * Ends an order now; receipts still settle for the settlement window. The order is its own idempotency key: one that is over, or ending,
 * is left as it is.
 * @returns hash of the transaction; undefined when there was nothing to do
 */
export async function closeOrder({ chain }: Client, orderHash: Hex): Promise<Hex | undefined> {
  const { status, validUntilUnixSec } = await chain.order(orderHash);
  if (status === UNKNOWN)
    throw new HearthError('not_found', `order ${orderHash}: the chain does not know it`);
  if (status !== OPEN || validUntilUnixSec <= (await chain.nowUnixSec())) return undefined;
  return chain.requestClose(orderHash);
}

/** Returns the rest of an order whose settlement window is over; once, however often it is asked for. */
export async function refundOrder({ chain }: Client, orderHash: Hex): Promise<Hex | undefined> {
  const { status } = await chain.order(orderHash);
  return status === OPEN ? chain.closeOrder(orderHash) : undefined;
}
