import { randomBytes } from 'node:crypto';
import { hashLeaseRequest, signDigest, toHex } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { z } from 'zod';
import {
  checkpointResponse,
  HearthError,
  type JobClass,
  leaseGrant,
  leaseRequestBody,
  regionsHash,
  routes,
  verifyCheckpoint,
  wantedRegions,
} from '../protocol/index.ts';
import type { GrantedLease } from './lease.ts';
import { assertLeaseTerms } from './lease-terms.ts';
import { cardFor, findModel } from './models.ts';
import { type Session, sessionKey } from './session.ts';
import { verifyEnclave } from './verify-enclave.ts';

export type LeaseDemand = {
  readonly model: string;
  /** What kind of job it is for. */
  readonly class: JobClass;
  readonly contextTokens: number;
  /** How far above what the enclave has earned authorisations may go, in pUSD. */
  readonly holdPicoUsd: bigint;
};

/** One match: a signed request, its grant checked term by term, and the enclave's evidence verified. */
export async function requestLease(session: Session, need: LeaseDemand): Promise<GrantedLease> {
  const { client } = session;
  const { order, orderHash } = session.file.record;
  const startedAt = performance.now();
  const model = await findModel(client, need.model);
  cardFor(model, need.class);
  const checkpoint = await fetchCheckpoint(session);
  const { policy } = client;
  const regions = [...wantedRegions(policy)];
  const request: LeaseRequest = {
    orderHash,
    modelDigest: model.modelDigest,
    policyHash: order.policyHash,
    regionsHash: regionsHash(regions),
    minTier: Math.max(order.minTier, policy.tier.atLeast),
    class: need.class,
    contextTokens: need.contextTokens,
    maxPriceInput: order.maxPriceInput,
    maxPriceCachedInput: order.maxPriceCachedInput,
    maxPriceOutput: order.maxPriceOutput,
    holdPicoUsd: need.holdPicoUsd,
    checkpointSize: BigInt(checkpoint.treeSize),
    checkpointRoot: checkpoint.root,
    requestedAtMs: BigInt(client.now()),
    salt: toHex(randomBytes(32)),
  };
  const requestId = hashLeaseRequest(client.domain, request);
  const body = z.encode(leaseRequestBody, {
    request,
    signature: signDigest(requestId, sessionKey(session)),
    regions,
    policy,
  });
  const grant = await client.gateway.post(routes.leases, body, leaseGrant);
  assertLeaseTerms(session, request, requestId, grant, model);
  const matchedAt = performance.now();
  const enclave = verifyEnclave(client, grant.enclave, model);
  return {
    grant,
    enclave,
    timingsMs: { match: matchedAt - startedAt, verify: performance.now() - matchedAt },
  };
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
