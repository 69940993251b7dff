import type { Hex } from '@hearth/attestation/receipt';
import { HearthError } from '../protocol/index.ts';
import { closeSession } from './close-session.ts';
import type { Client } from './context.ts';
import { isUnreachable } from './gateway.ts';
import { openOrder, resumeOrder } from './open-order.ts';
import { earnedPicoUsd } from './order-record.ts';
import { listOrders } from './order-store.ts';
import { rebuildOrder } from './rebuild-order.ts';
import type { Session } from './session.ts';

const MIN_LIFE_SEC = 60n;
/** OrderStatus.Open of the settlement contract. */
const OPEN = 1;

/**
 * The order to work with: the one named; else one kept on disk that is free, fits the policy, and has time and money
 * left; else, when `maxSpendMicroUsd` is given, a new one.
 * @throws HearthError `not_found` when there is none and none may be opened; what is wrong with a kept one, if that is
 * why; of a named one, what stands in the way
 */
export async function takeOrder(
  client: Client,
  wanted: { orderHash?: Hex; maxSpendMicroUsd?: bigint },
): Promise<Session> {
  if (wanted.orderHash) return caughtUp(resumeOrder(client, wanted.orderHash));
  let obstacle: HearthError | undefined;
  for (const orderHash of listOrders(client.stateDir)) {
    if ((await client.chain.order(orderHash)).status !== OPEN) continue;
    const session = tryResume(client, orderHash);
    if (session instanceof HearthError) obstacle ??= session;
    else if (session) return caughtUp(session);
  }
  if (wanted.maxSpendMicroUsd !== undefined)
    return (await openOrder(client, { maxSpendMicroUsd: wanted.maxSpendMicroUsd })).session;
  throw (
    obstacle ??
    new HearthError(
      'not_found',
      'no usable order is kept here; open one: hearth order open --max-spend 1000000',
    )
  );
}

function tryResume(client: Client, orderHash: Hex): Session | HearthError | undefined {
  try {
    const session = resumeOrder(client, orderHash);
    if (isUsable(session)) return session;
    closeSession(session);
    return undefined;
  } catch (error) {
    if (error instanceof HearthError) return error; // locked, unreadable, or made under another policy
    throw error;
  }
}

function isUsable({ client, file }: Session): boolean {
  const { order, pairs } = file.record;
  const usableUntil = BigInt(Math.floor(client.now() / 1000)) + MIN_LIFE_SEC;
  const spentPicoUsd = Object.values(pairs).reduce((sum, pair) => sum + earnedPicoUsd(pair), 0n);
  return order.validUntilUnixSec > usableUntil && spentPicoUsd < order.maxSpendMicroUsd * 1_000_000n;
}

async function caughtUp(session: Session): Promise<Session> {
  try {
    await rebuildOrder(session);
    return session;
  } catch (error) {
    // Without a gateway it stands as this process left it: what is in flight counts, so nothing is promised twice.
    if (isUnreachable(error) && session.client.policy.service.direct !== 'never') return session;
    closeSession(session);
    throw error;
  }
}
