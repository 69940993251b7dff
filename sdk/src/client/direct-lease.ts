import { type Hex, PICO_PER_MICRO, signDigest } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { z } from 'zod';
import {
  type BookedNode,
  type DirectGrant,
  directEnclavePath,
  directGrant,
  directLeaseRequest,
  enclaveStatement,
  HearthError,
  hold,
  isInRegions,
  isMessageSignedBy,
  lease,
  type ModelListing,
  type NodeBook,
  routes,
  type SignedCap,
  wantedRegions,
} from '../protocol/index.ts';
import type { Client } from './context.ts';
import { connectGateway, type Gateway } from './gateway.ts';
import type { GrantedLease } from './lease.ts';
import { buildLeaseRequest, type LeaseDemand } from './lease-request.ts';
import { assertTerms, termClaims } from './lease-terms.ts';
import { modelIn } from './models.ts';
import { nextCumulativeCap, pairOf, withCap } from './order-record.ts';
import { type Session, sessionKey } from './session.ts';
import { signCap } from './sign-cap.ts';
import { verifyEnclave } from './verify-enclave.ts';

/** Nodes that are asked one after the other before the job fails. */
const MAX_ASKED = 4;

/**
 * A lease of a node of the last signed book, asked of the node itself: at its own ask, without an auction, paid from what
 * the chain sets aside for it. Its evidence is verified before it learns of anything.
 * @throws HearthError `unavailable` when there is no book young enough, or none of its nodes sells
 */
export async function requestDirectLease(session: Session, need: LeaseDemand): Promise<GrantedLease> {
  const { client } = session;
  const book = bookFor(client);
  const model = modelIn(client, book.models, need.model);
  const refusals: string[] = [];
  for (const node of candidates(session, book, model, need).slice(0, MAX_ASKED)) {
    try {
      return await askNode(session, node, model, need, book);
    } catch (error) {
      if (!(error instanceof HearthError)) throw error;
      refusals.push(`${node.url}: ${error.message}`);
    }
  }
  const why = refusals.join('; ') || 'it lists none that this order and policy allow';
  throw new HearthError('unavailable', `no gateway answers, and no node of the book sells: ${why}`);
}

/** The connection to the node of a lease, for a job that no gateway carries. Undefined: it does not listen. */
export function directLane(client: Client, { grant, direct }: GrantedLease): Gateway | undefined {
  if (direct) return direct;
  const { nodeKey } = grant.lease.body;
  const node = bookFor(client).nodes.find((booked) => booked.nodeKey === nodeKey);
  return node && connectNode(node);
}

function bookFor({ policy, nodeBook: keeper }: Client): NodeBook {
  const { direct } = policy.service;
  if (direct === 'never')
    throw new HearthError('unavailable', 'no gateway answers, and policy service.direct says never');
  return keeper.usable(direct.bookAgeSec.atMost);
}

const connectNode = ({ url }: BookedNode): Gateway =>
  connectGateway(url, { current: () => undefined, renew: async () => false });

/** Cheapest first. */
function candidates(
  { client, file }: Session,
  { nodes }: NodeBook,
  { modelDigest }: ModelListing,
  { class: jobClass, contextTokens, avoid }: LeaseDemand,
): BookedNode[] {
  const { policy } = client;
  const leastTier = Math.max(file.record.order.minTier, policy.tier.atLeast);
  return nodes
    .filter(
      (node) =>
        node.modelDigest === modelDigest &&
        node.class === jobClass &&
        node.tier >= leastTier &&
        node.maxContextTokens >= contextTokens &&
        !avoid.includes(node.enclaveKey) &&
        isInRegions(node.region, wantedRegions(policy)),
    )
    .toSorted((a, b) => a.multiplierPpm - b.multiplierPpm || (a.nodeKey < b.nodeKey ? -1 : 1));
}

async function askNode(
  session: Session,
  node: BookedNode,
  model: ModelListing,
  need: LeaseDemand,
  book: NodeBook,
): Promise<GrantedLease> {
  const { client } = session;
  const startedAt = performance.now();
  const direct = connectNode(node);
  const statement = await direct.get(`${directEnclavePath}?model=${model.modelDigest}`, enclaveStatement);
  if (statement.enclaveKeys.nodeKey !== node.nodeKey)
    throw new HearthError(
      'evidence_rejected',
      `enclave: expected one of node ${node.nodeKey}, got ${statement.enclaveKeys.nodeKey}`,
    );
  const enclave = verifyEnclave(client, statement, model);
  const verifiedAt = performance.now();
  const { request, requestId, regions } = buildLeaseRequest(session, need, model, {
    treeSize: book.treeSize,
    root: book.root,
  });
  const reserve = await setAside(session, statement.enclaveKeys.enclaveKey as Hex, need, requestId);
  const body = z.encode(directLeaseRequest, {
    request,
    signature: signDigest(requestId, sessionKey(session)),
    regions,
    reserve,
  });
  const grant = await direct.post(routes.leases, body, directGrant);
  assertDirectTerms(session, { request, requestId, node, model }, grant);
  return {
    grant,
    class: need.class,
    enclave,
    direct,
    timingsMs: { match: performance.now() - verifiedAt, verify: verifiedAt - startedAt },
  };
}

/** Signs what the chain is to set aside, and writes it down first: from then on the enclave could claim up to it by receipts. */
async function setAside(
  session: Session,
  enclaveKey: Hex,
  { holdPicoUsd }: LeaseDemand,
  requestId: Hex,
): Promise<SignedCap> {
  const { file } = session;
  const total = nextCumulativeCap(pairOf(file.record, enclaveKey), holdPicoUsd);
  const cap = signCap(session, enclaveKey, requestId, wholeMicroUsdCeil(total));
  file.save(withCap(file.record, enclaveKey, cap));
  await file.durable();
  return cap;
}

/** The chain sets aside whole µUSD, rounded down. */
const wholeMicroUsdCeil = (picoUsd: bigint): bigint =>
  ((picoUsd + PICO_PER_MICRO - 1n) / PICO_PER_MICRO) * PICO_PER_MICRO;

function assertDirectTerms(
  session: Session,
  asked: {
    readonly request: LeaseRequest;
    readonly requestId: Hex;
    readonly node: BookedNode;
    readonly model: ModelListing;
  },
  grant: DirectGrant,
): void {
  const { node, request, requestId, model } = asked;
  const terms = grant.lease.body;
  assertTerms(terms.leaseId, [
    ['signature of the lease', isMessageSignedBy(lease, grant.lease, node.nodeKey)],
    ['signature of the hold', isMessageSignedBy(hold, grant.hold, node.nodeKey)],
    ['node', terms.nodeKey === node.nodeKey],
    ['multiplier', terms.multiplierPpm <= node.multiplierPpm],
    ...termClaims(session, { request, requestId, model, enclaveKeys: grant.enclave.enclaveKeys }, grant),
  ]);
}
