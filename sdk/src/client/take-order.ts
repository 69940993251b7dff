import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, policyHash } from '../protocol/index.ts';
import type { Client } from './context.ts';
import { openOrder, resumeOrder } from './open-order.ts';
import { listOrders } from './order-store.ts';
import { rebuildOrder } from './rebuild-order.ts';
import { closeSession, type Session } from './session.ts';

const MIN_LIFE_SEC = 60n;
/** OrderStatus.Open of the settlement contract. */
const OPEN = 1;

/**
 * The order to work with: the one named; else one kept on disk that is free, fits the policy and has time left; else,
 * when `maxSpendMicroUsd` is given, a new one.
 * @throws HearthError `not_found` when there is none and none may be opened
 */
export async function takeOrder(
  client: Client,
  wanted: { orderHash?: Hex; maxSpendMicroUsd?: bigint },
): Promise<Session> {
  if (wanted.orderHash) return caughtUp(resumeOrder(client, wanted.orderHash));
  for (const orderHash of listOrders(client.stateDir)) {
    if ((await client.chain.order(orderHash)).status !== OPEN) continue;
    const session = tryResume(client, orderHash);
    if (session) return caughtUp(session);
  }
  if (wanted.maxSpendMicroUsd === undefined) {
    throw new HearthError(
      'not_found',
      'no usable order is kept here; open one: hearth order open --max-spend 1000000',
    );
  }
  return (await openOrder(client, { maxSpendMicroUsd: wanted.maxSpendMicroUsd })).session;
}

function tryResume(client: Client, orderHash: Hex): Session | undefined {
  try {
    const session = resumeOrder(client, orderHash);
    const { order } = session.file.record;
    const usableUntil = BigInt(Math.floor(client.now() / 1000)) + MIN_LIFE_SEC;
    if (order.validUntilUnixSec > usableUntil && order.policyHash === policyHash(client.policy))
      return session;
    closeSession(session);
    return undefined;
  } catch (error) {
    if (error instanceof HearthError) return undefined; // locked by another process, or made under another policy
    throw error;
  }
}

async function caughtUp(session: Session): Promise<Session> {
  try {
    await rebuildOrder(session);
    return session;
  } catch (error) {
    closeSession(session);
    throw error;
  }
}
