import type { Hex } from '@hearth/attestation/receipt';
import type { Order } from '@hearth/contracts';
import { x402Client } from '@x402/core/client';
import type { PaymentRequirements } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { wrapFetchWithPayment } from '@x402/fetch';
import type { LocalAccount } from 'viem';
import { z } from 'zod';
import { orderMoved, routes, signedOrder } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { connectGateway } from './gateway.ts';

/** The gateway answers once the transaction is mined. */
const PATIENCE = { timeoutMs: 90_000, maxBytes: 1024 * 1024 };

/**
 * Pays for an order by x402 and has the gateway open it: one signature of the wallet, no gas. Pays once, whatever gets lost on the way: an
 * order that stands is not paid again, and money that came without its order pays for it the next time.
 * @returns hash of the transaction; undefined when the order stood already
 * @throws HearthError `unavailable` also for a gateway that wants another payment than into the till of the order's buyer: none is made
 */
export async function payOrder(
  client: Client,
  account: LocalAccount,
  order: Order,
  signature: Hex,
): Promise<Hex | undefined> {
  const { gateway, chain } = client;
  const [payTo, asset] = await Promise.all([chain.tillOf(order.buyer), chain.token()]);
  const isOurs = ({ scheme, ...terms }: PaymentRequirements) =>
    scheme === 'exact' &&
    terms.network === `eip155:${client.domain.chainId}` &&
    terms.asset.toLowerCase() === asset.toLowerCase() &&
    terms.payTo.toLowerCase() === payTo.toLowerCase() &&
    BigInt(terms.amount) <= order.maxSpendMicroUsd;
  const payer = x402Client.fromConfig({
    schemes: [{ network: `eip155:${client.domain.chainId}`, client: new ExactEvmScheme(account) }],
    spendControls: false, // ours is stricter, and knows no list of tokens
    policies: [(_version, offers) => offers.filter(isOurs)],
  });
  const keyless = { current: () => undefined, renew: async () => false };
  const paying = connectGateway(gateway.url, keyless, PATIENCE, wrapFetchWithPayment(fetch, payer));
  const moved = await paying.post(routes.orders, z.encode(signedOrder, { order, signature }), orderMoved);
  return moved.txHash ?? undefined;
}
