import { randomBytes } from 'node:crypto';
import { addressOf, type Hex, hashOrder, sha256, toHex } from '@hearth/attestation/receipt';
import type { Order } from '@hearth/contracts';
import { eip712Types } from '@hearth/contracts';
import type { LocalAccount } from 'viem';
import { HearthError, policyHash } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { createOrderFile, listOrders, openOrderFile, readOrderRecord } from './order-store.ts';
import { createSession, type Session } from './session.ts';

export type OrderTerms = {
  readonly maxSpendMicroUsd: bigint;
  /** At most this much to any one enclave; all of it by default. */
  readonly maxSpendPerEnclaveMicroUsd?: bigint;
  /** Equal keys open one order on this machine, however often they are used; other terms under a used key are refused. */
  readonly idempotencyKey?: string;
  /** Seconds from now; a day by default. */
  readonly lifetimeSec?: number;
  /** `escrow` (default): out of what is deposited, the wallet sends. `x402`: out of the wallet, the gateway sends. */
  readonly payBy?: 'escrow' | 'x402';
};

const DAY_SEC = 86_400;
/** OrderStatus.None of the settlement contract. */
const NOT_OPENED = 0;

/**
 * Makes a session key, signs an order with the client's wallet, writes both to disk and only then opens the order
 * on-chain, which locks `maxSpend` of the deposited balance.
 * @throws HearthError `insufficient_funds` when less is deposited; `already_exists` for a key used with other terms
 */
export async function openOrder(
  client: Client,
  terms: OrderTerms,
): Promise<{
  session: Session;
  orderHash: Hex /** Undefined when the order stood already. */;
  txHash: Hex | undefined;
}> {
  const { account, policy } = client;
  if (!account)
    throw new HearthError('invalid_request', 'opening an order needs a wallet, and none was given');
  const salt = terms.idempotencyKey === undefined ? toHex(randomBytes(32)) : saltOf(terms.idempotencyKey);
  const kept = terms.idempotencyKey === undefined ? undefined : findBySalt(client, salt);
  if (kept) return openAgain(client, kept, terms);
  const buyer = account.address.toLowerCase() as Hex;
  if (terms.payBy !== 'x402') await assertDeposited(client, buyer, terms.maxSpendMicroUsd);
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
    salt,
  };
  const orderHash = hashOrder(client.domain, order);
  const orderSignature = await account.signTypedData({
    domain: client.domain,
    types: { Order: eip712Types.Order },
    primaryType: 'Order',
    message: order,
  });
  const file = createOrderFile(client, {
    schema: 'hearth-order/1',
    orderHash,
    order,
    orderSignature,
    sessionPrivateKey: toHex(sessionPrivateKey),
    policy,
    pairs: {},
  });
  try {
    const txHash = await fund(client, account, terms, order, orderSignature);
    return { session: createSession(client, file), orderHash, txHash };
  } catch (error) {
    file.release(); // the file stays: the transaction may have landed all the same
    throw error;
  }
}

async function assertDeposited({ chain }: Client, buyer: Hex, maxSpendMicroUsd: bigint): Promise<void> {
  const { freeMicroUsd } = await chain.balances(buyer);
  if (freeMicroUsd >= maxSpendMicroUsd) return;
  throw new HearthError(
    'insufficient_funds',
    `order of ${maxSpendMicroUsd} µUSD: ${buyer} has ${freeMicroUsd} µUSD deposited; deposit more first`,
  );
}

/** @returns hash of the transaction that opened it; undefined when it stood already */
async function fund(
  client: Client,
  account: LocalAccount,
  { payBy }: OrderTerms,
  order: Order,
  signature: Hex,
): Promise<Hex | undefined> {
  if (payBy !== 'x402') return client.chain.openOrder(order, signature);
  const { payOrder } = await import('./pay-order.ts'); // only who pays so waits for its libraries
  return payOrder(client, account, order, signature);
}

const saltOf = (key: string): Hex => toHex(sha256(new TextEncoder().encode(`hearth order ${key}`)));

function findBySalt(client: Client, salt: Hex): Hex | undefined {
  return listOrders(client.stateDir).find(
    (orderHash) => readOrderRecord(client, orderHash).order.salt === salt,
  );
}

/** The order that the same key made; sent to the chain again if it never arrived there. */
async function openAgain(client: Client, orderHash: Hex, terms: OrderTerms) {
  const { account } = client;
  const { order, orderSignature } = readOrderRecord(client, orderHash);
  const perEnclave = terms.maxSpendPerEnclaveMicroUsd ?? terms.maxSpendMicroUsd;
  if (order.maxSpendMicroUsd !== terms.maxSpendMicroUsd || order.maxSpendPerEnclaveMicroUsd !== perEnclave)
    throw new HearthError(
      'already_exists',
      `idempotency key: it opened order ${orderHash} of ${order.maxSpendMicroUsd} µUSD, not of ${terms.maxSpendMicroUsd}`,
    );
  const session = resumeOrder(client, orderHash);
  try {
    const { status } = await client.chain.order(orderHash);
    const txHash =
      status === NOT_OPENED && account
        ? await fund(client, account, terms, order, orderSignature)
        : undefined;
    return { session, orderHash, txHash };
  } catch (error) {
    session.file.release();
    throw error;
  }
}

/** Takes up an order kept on disk. @throws HearthError `not_found`, `order_locked`, `policy_unsatisfied` (made under another policy) */
export function resumeOrder(client: Client, orderHash: Hex): Session {
  const file = openOrderFile(client, orderHash);
  if (file.record.order.policyHash !== policyHash(client.policy)) {
    file.release();
    throw new HearthError(
      'policy_unsatisfied',
      `order ${orderHash} was opened under another policy; open a new one`,
    );
  }
  return createSession(client, file);
}
