import { randomBytes } from 'node:crypto';
import { addressOf, type Hex, hashOrder, toHex } from '@hearth/attestation/receipt';
import type { Order } from '@hearth/contracts';
import { eip712Types } from '@hearth/contracts';
import { HearthError, policyHash } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { createOrderFile, openOrderFile } from './order-store.ts';
import { createSession, type Session } from './session.ts';

export type OrderTerms = {
  readonly maxSpendMicroUsd: bigint;
  /** At most this much to any one enclave; all of it by default. */
  readonly maxSpendPerEnclaveMicroUsd?: bigint;
  /** Seconds from now; a day by default. */
  readonly lifetimeSec?: number;
};

const DAY_SEC = 86_400;

/**
 * Makes a session key, signs an order with the client's wallet, writes both to disk and only then opens the order
 * on-chain, which locks `maxSpend` of the deposited balance.
 * @throws HearthError `insufficient_funds` when less is deposited
 */
export async function openOrder(
  client: Client,
  terms: OrderTerms,
): Promise<{ session: Session; orderHash: Hex; txHash: Hex }> {
  const { account, policy } = client;
  if (!account)
    throw new HearthError('invalid_request', 'opening an order needs a wallet, and none was given');
  const buyer = account.address.toLowerCase() as Hex;
  const { freeMicroUsd } = await client.chain.balances(buyer);
  if (freeMicroUsd < terms.maxSpendMicroUsd) {
    throw new HearthError(
      'insufficient_funds',
      `order of ${terms.maxSpendMicroUsd} µUSD: ${buyer} has ${freeMicroUsd} µUSD deposited; deposit more first`,
    );
  }
  const sessionPrivateKey = randomBytes(32);
  const nowUnixSec = BigInt(Math.floor(client.now() / 1000));
  const order: Order = {
    buyer,
    sessionKey: addressOf(sessionPrivateKey),
    maxSpendMicroUsd: terms.maxSpendMicroUsd,
    maxPriceInput: policy.prices.inputMicroUsdPerMTok.atMost,
    maxPriceCachedInput: policy.prices.cachedInputMicroUsdPerMTok.atMost,
    maxPriceOutput: policy.prices.outputMicroUsdPerMTok.atMost,
    maxSpendPerEnclaveMicroUsd: terms.maxSpendPerEnclaveMicroUsd ?? terms.maxSpendMicroUsd,
    policyHash: policyHash(policy),
    minTier: policy.tier.atLeast,
    validAfterUnixSec: nowUnixSec - 60n,
    validUntilUnixSec: nowUnixSec + BigInt(terms.lifetimeSec ?? DAY_SEC),
    salt: toHex(randomBytes(32)),
  };
  const orderHash = hashOrder(client.domain, order);
  const orderSignature = await account.signTypedData({
    domain: client.domain,
    types: { Order: eip712Types.Order },
    primaryType: 'Order',
    message: order,
  });
  const file = createOrderFile(client.stateDir, {
    schema: 'hearth-order/1',
    orderHash,
    order,
    orderSignature,
    sessionPrivateKey: toHex(sessionPrivateKey),
    policy,
    pairs: {},
  });
  try {
    const txHash = await client.chain.openOrder(order, orderSignature);
    return { session: createSession(client, file), orderHash, txHash };
  } catch (error) {
    file.release(); // the file stays: the transaction may have landed all the same
    throw error;
  }
}

/** Takes up an order kept on disk. @throws HearthError `not_found`, `order_locked`, `policy_unsatisfied` (made under another policy) */
export function resumeOrder(client: Client, orderHash: Hex): Session {
  const file = openOrderFile(client.stateDir, orderHash);
  if (file.record.order.policyHash !== policyHash(client.policy)) {
    file.release();
    throw new HearthError(
      'policy_unsatisfied',
      `order ${orderHash} was opened under another policy; open a new one`,
    );
  }
  return createSession(client, file);
}
