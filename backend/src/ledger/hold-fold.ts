import type { Hex } from '@hearth/attestation/receipt';
import { HearthError, type Hold } from '@hearth/sdk/protocol';
import { decideHold, unassured } from './hold-decision.ts';
import type { Transfer } from './journal.ts';
import { type OrderDraft, type OrderDrafts, type PairDraft, pursesOf, stateOf } from './order-draft.ts';

export interface HoldRequest {
  readonly leaseId: Hex;
  readonly orderHash: Hex;
  readonly enclaveKey: Hex;
  /** What the lease may spend, pUSD. */
  readonly wantedPicoUsd: bigint;
  readonly expiresAtMs: number;
}

/** What a batch of hold requests comes to. */
export interface FoldedHolds {
  /** Per request: why it is refused, or undefined. A lease that has its grant already is not refused. */
  readonly refusals: readonly (HearthError | undefined)[];
  readonly grants: readonly HoldRequest[];
  /** One new statement per pair, however many leases of it were granted: Holds are cumulative. */
  readonly holds: readonly Hold[];
  readonly transfers: readonly Transfer[];
}

interface Raised {
  readonly order: OrderDraft;
  readonly pair: PairDraft;
  fromFree: bigint;
}

/**
 * Decides requests one after the other over the drafts, which it changes: the outcome is that of as many single
 * transactions in this order.
 * @param granted lease ids that have their grant
 * @param expiredBeforeMs Holds that expired before this give their unused rest back as soon as another pair asks
 */
export function foldHolds(
  orders: OrderDrafts,
  requests: readonly HoldRequest[],
  granted: ReadonlySet<Hex>,
  expiredBeforeMs: number,
): FoldedHolds {
  const standing = new Set(granted);
  const raised = new Map<PairDraft, Raised>();
  const transfers: Transfer[] = [];
  const grants: HoldRequest[] = [];
  const refusals = requests.map((request) => {
    const order = orders.get(request.orderHash);
    const pair = order?.pairs.get(request.enclaveKey);
    if (order === undefined || pair === undefined || order.isClosed) return notOpen(request, order);
    if (standing.has(request.leaseId)) return undefined;
    if (request.expiresAtMs > order.validUntilMs) return outlivesOrder(request, order);
    transfers.push(...reclaimExpired(order, pair, expiredBeforeMs));
    const decision = decideHold(stateOf(order, pair), request.wantedPicoUsd, pair.reserved);
    if (!decision.granted) return unaffordable(decision, request);

    order.free -= decision.fromFree;
    pair.held = decision.heldCumulative;
    pair.reserved += request.wantedPicoUsd;
    pair.expiresAtMs = Math.max(pair.expiresAtMs, request.expiresAtMs);
    const earlier = raised.get(pair)?.fromFree ?? 0n;
    raised.set(pair, { order, pair, fromFree: earlier + decision.fromFree });
    standing.add(request.leaseId);
    grants.push(request);
    return undefined;
  });
  const holds = [...raised.values()].map((raise) => {
    const { order, pair, fromFree } = raise;
    order.holdSequence += 1;
    const { free, held } = pursesOf(order, pair.enclaveKey);
    const id = `hold:${order.orderHash}:${order.holdSequence}`;
    transfers.push({ id, kind: 'hold', movements: [{ from: free, to: held, picoUsd: fromFree }] });
    return statement(order, pair);
  });
  return { refusals, grants, holds, transfers };
}

/** Lowers the Holds of other pairs whose expiry and grace have passed to what was captured, or what the chain keeps for them. */
function reclaimExpired(order: OrderDraft, asking: PairDraft, expiredBeforeMs: number): Transfer[] {
  const releases: Transfer[] = [];
  for (const pair of order.pairs.values()) {
    const unused = unassured(pair);
    // the asking pair is about to get a new Hold, which counts the unused rest
    if (pair === asking || pair.expiresAtMs >= expiredBeforeMs || unused === 0n) continue;
    pair.held -= unused;
    order.free += unused;
    order.holdSequence += 1;
    const { free, held } = pursesOf(order, pair.enclaveKey);
    const id = `release:${order.orderHash}:${order.holdSequence}`;
    releases.push({ id, kind: 'release', movements: [{ from: held, to: free, picoUsd: unused }] });
  }
  return releases;
}

function statement(order: OrderDraft, pair: PairDraft): Hold {
  return {
    v: 1,
    orderHash: order.orderHash,
    enclaveKey: pair.enclaveKey,
    heldCumulativePicoUsd: pair.held,
    holdSequence: order.holdSequence,
    expiresAtMs: pair.expiresAtMs,
  };
}

function notOpen({ orderHash }: HoldRequest, order: OrderDraft | undefined): HearthError {
  const got = order ? 'closed' : 'unknown';
  return new HearthError('order_not_open', `order ${orderHash}: expected open at the safe block, got ${got}`);
}

function outlivesOrder({ expiresAtMs }: HoldRequest, order: OrderDraft): HearthError {
  return new HearthError(
    'order_not_open',
    `order ${order.orderHash}: expected a hold within its validity, got one ${expiresAtMs - order.validUntilMs} ms longer`,
  );
}

function unaffordable(
  { reason, available }: { reason: 'order-spent' | 'enclave-limit'; available: bigint },
  { orderHash, enclaveKey, wantedPicoUsd }: HoldRequest,
): HearthError {
  const code = reason === 'order-spent' ? 'insufficient_funds' : 'policy_unsatisfied';
  const message = `hold on order ${orderHash} for ${enclaveKey}: expected at most ${available} pUSD, got ${wantedPicoUsd} (${reason})`;
  return new HearthError(code, message, { details: { reason, availablePicoUsd: `${available}` } });
}
