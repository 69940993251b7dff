import { signDigest } from '@hearth/attestation/receipt';
import { z } from 'zod';
import {
  checkpointResponse,
  HearthError,
  leaseGrant,
  leaseRequestBody,
  routes,
  verifyCheckpoint,
} from '../protocol/index.ts';
import { requestDirectLease } from './direct-lease.ts';
import { isUnreachable } from './gateway.ts';
import type { GrantedLease } from './lease.ts';
import { buildLeaseRequest, type LeaseDemand } from './lease-request.ts';
import { assertLeaseTerms } from './lease-terms.ts';
import { cardFor, findModel } from './models.ts';
import { releaseLease } from './release-lease.ts';
import { type Session, sessionKey } from './session.ts';
import { verifyEnclave } from './verify-enclave.ts';

/**
 * One match: a signed request, its grant checked term by term, and the enclave's evidence verified. Of a gateway; where none
 * answers and the policy allows it, of a node itself.
 */
export async function requestLease(session: Session, need: LeaseDemand): Promise<GrantedLease> {
  try {
    return await requestFromMarket(session, need);
  } catch (error) {
    if (!isUnreachable(error) || session.client.policy.service.direct === 'never') throw error;
    return requestDirectLease(session, need);
  }
}

async function requestFromMarket(session: Session, need: LeaseDemand): Promise<GrantedLease> {
  const { client } = session;
  const { policy } = client;
  const { direct } = policy.service;
  const startedAt = performance.now();
  const model = await findModel(client, need.model);
  cardFor(model, need.class);
  if (direct !== 'never') await client.nodeBook.refresh(client.gateway, direct.bookAgeSec.atMost);
  const { treeSize, root } = await fetchCheckpoint(session);
  const { request, requestId, regions } = buildLeaseRequest(session, need, model, { treeSize, root });
  const body = z.encode(leaseRequestBody, {
    request,
    signature: signDigest(requestId, sessionKey(session)),
    regions,
    policy,
    ...(need.avoid.length > 0 && { avoid: [...need.avoid] }),
  });
  const grant = await client.gateway.post(routes.leases, body, leaseGrant);
  try {
    assertLeaseTerms(session, request, requestId, grant, model);
    if (need.avoid.includes(grant.lease.body.enclaveKey))
      throw new HearthError('no_bid', `model ${need.model}: no other home than those asked already`);
    const matchedAt = performance.now();
    const enclave = verifyEnclave(client, grant.enclave, model);
    return {
      grant,
      class: need.class,
      enclave,
      direct: undefined,
      timingsMs: { match: matchedAt - startedAt, verify: performance.now() - matchedAt },
    };
  } catch (error) {
    releaseLease(session, grant.lease.body);
    throw error;
  }
}

async function fetchCheckpoint(session: Session) {
  const { note } = await session.client.gateway.get(routes.checkpoint, checkpointResponse);
  return verifyByLogKey(session, (publicKey) => verifyCheckpoint(note, publicKey));
}

function verifyByLogKey<T>(session: Session, attempt: (publicKey: `0x${string}`) => T): T {
  let last: unknown;
  for (const { publicKey } of session.client.trust.logKeys) {
    try {
      return attempt(publicKey);
    } catch (error) {
      last = error;
    }
  }
  throw new HearthError('peer_protocol_violation', 'checkpoint: not signed by a log key of the trust file', {
    cause: last,
  });
}
