import type { Hex } from '@hearth/attestation/receipt';
import { eip712Types } from '@hearth/contracts';
import { z } from 'zod';
import { HearthError, orderMoved, routes, signedOrder } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { readOrderRecord } from './order-store.ts';

/** OrderStatus of the settlement contract. */
const [UNKNOWN, OPEN] = [0, 1];

export type CloseWay = 'wallet' | 'gateway';

/**
 * Ends an order now; receipts still settle for the settlement window. The order is its own idempotency key: one that is over, or ending,
 * is left as it is.
 * @param by the wallet sends the transaction, or the gateway does, which pays the gas and needs the order to be kept here
 * @returns hash of the transaction; undefined when there was nothing to do
 */
export async function closeOrder(
  client: Client,
  orderHash: Hex,
  by: CloseWay = 'wallet',
): Promise<Hex | undefined> {
  if (by === 'gateway') return closeByGateway(client, orderHash);
  const { status, validUntilUnixSec } = await client.chain.order(orderHash);
  if (status === UNKNOWN)
    throw new HearthError('not_found', `order ${orderHash}: the chain does not know it`);
  if (status !== OPEN || validUntilUnixSec <= (await client.chain.nowUnixSec())) return undefined;
  return client.chain.requestClose(orderHash);
}

/** Returns the rest of an order whose settlement window is over; once, however often it is asked for. */
export async function refundOrder(client: Client, orderHash: Hex): Promise<Hex | undefined> {
  const { status } = await client.chain.order(orderHash);
  return status === OPEN ? client.chain.closeOrder(orderHash) : undefined;
}

async function closeByGateway(client: Client, orderHash: Hex): Promise<Hex | undefined> {
  const { account, gateway, domain } = client;
  if (!account)
    throw new HearthError('invalid_request', 'closing an order needs a wallet, and none was given');
  const { order } = readOrderRecord(client, orderHash);
  const signature = await account.signTypedData({
    domain,
    types: { CloseAuthorization: eip712Types.CloseAuthorization },
    primaryType: 'CloseAuthorization',
    message: { orderHash },
  });
  const body = z.encode(signedOrder, { order, signature });
  const { txHash } = await gateway.post(routes.closeOrder(orderHash), body, orderMoved);
  return txHash ?? undefined;
}
