import { randomBytes } from 'node:crypto';
import { hashLeaseRequest, leasePriceCeil, signDigest, toHex } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { z } from 'zod';
import {
  accept,
  checkpointResponse,
  HearthError,
  hold,
  isMessageSignedBy,
  jobClasses,
  type LeaseGrant,
  lease,
  leaseGrant,
  leaseId,
  leaseRequestBody,
  type MessageKind,
  type ModelListing,
  messageId,
  priceCard,
  regionsHash,
  routes,
  type Signed,
  verifyCheckpoint,
} from '../protocol/index.ts';
import { findModel } from './models.ts';
import { type Session, sessionKey } from './session.ts';
import { type VerifiedEnclave, verifyEnclave } from './verify-enclave.ts';

/** A lease whose terms were checked, on an enclave whose evidence was verified. */
export type GrantedLease = {
  readonly grant: LeaseGrant;
  readonly enclave: VerifiedEnclave;
  readonly timingsMs: { readonly match: number; readonly verify: number };
};

/** A lease must live at least this long to start a job on it. */
const MIN_LEASE_LIFE_MS = 5_000;

export type LeaseNeed = {
  readonly model: string;
  readonly contextTokens: number;
  /** How far above what is held the job's cumulative cap may go, in pUSD. */
  readonly holdPicoUsd: bigint;
  /** For one pair: the cumulative cap that the hold must cover, once the enclave is known. */
  readonly coveredBy: (lease: LeaseGrant) => boolean;
};

/** The kept lease if it still serves, else a new one. @throws HearthError `no_bid`, `evidence_rejected`, `policy_unsatisfied` … */
export async function takeLease(session: Session, need: LeaseNeed): Promise<GrantedLease> {
  const { client } = session;
  for (const kept of session.leases.values()) {
    const { body } = kept.grant.lease;
    const isForModel = kept.grant.enclave.model.name === need.model || body.modelDigest === need.model;
    const lives =
      Math.min(body.leaseExpiresAtMs, kept.grant.hold.body.expiresAtMs) > client.now() + MIN_LEASE_LIFE_MS;
    const keyLives =
      Number(kept.enclave.key.keyConfig.notAfterUnixSec) * 1000 > client.now() + MIN_LEASE_LIFE_MS;
    if (isForModel && lives && keyLives && need.coveredBy(kept.grant)) return kept;
  }
  const granted = await untilServed(session, need, () => requestLease(session, need));
  session.leases.set(granted.grant.lease.body.modelDigest, granted);
  return granted;
}

/** An ask competes from the block after it on, and slots free up in seconds: a market without a bid gets another look. */
const NO_BID_PATIENCE_MS = 5_000;
const NO_BID_PAUSE_MS = 250;

async function untilServed<T>({ client }: Session, need: LeaseNeed, attempt: () => Promise<T>): Promise<T> {
  const deadline = client.now() + NO_BID_PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HearthError)) throw error;
      if (isTooLongForAll(error)) throw tooLong(need, error);
      const isTemporary = error.code === 'no_bid' || error.code === 'stale_checkpoint';
      if (!isTemporary || client.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, NO_BID_PAUSE_MS));
    }
  }
}

/** Every ask was refused for its context alone: no later look changes that, the buyer has to ask for less. */
function isTooLongForAll({ code, details }: HearthError): boolean {
  const refusals = details?.['refusals'];
  if (code !== 'no_bid' || typeof refusals !== 'object' || refusals === null) return false;
  return Object.keys(refusals).join() === 'context';
}

function tooLong({ contextTokens, model }: LeaseNeed, cause: HearthError): HearthError {
  return new HearthError(
    'context_length_exceeded',
    `model ${model}: expected a home for about ${contextTokens} tokens of context, none on offer takes as many`,
    { cause, details: { param: 'messages' } },
  );
}

async function requestLease(session: Session, need: LeaseNeed): Promise<GrantedLease> {
  const { client } = session;
  const { order, orderHash } = session.file.record;
  const startedAt = performance.now();
  const model = await findModel(client, need.model);
  const checkpoint = await fetchCheckpoint(session);
  const regions = client.policy.regions === 'ignore' ? [] : [...client.policy.regions.anyOf];
  const request: LeaseRequest = {
    orderHash,
    modelDigest: model.modelDigest,
    policyHash: order.policyHash,
    regionsHash: regionsHash(regions),
    minTier: Math.max(order.minTier, client.policy.tier.atLeast),
    class: jobClasses.chat,
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
  });
  const grant = await client.gateway.post(routes.leases, body, leaseGrant);
  assertTerms(session, request, requestId, grant, model);
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

/** Everything in a grant that a gateway or node could have bent. */
function assertTerms(
  session: Session,
  request: LeaseRequest,
  requestId: string,
  grant: LeaseGrant,
  model: ModelListing,
): void {
  const terms = grant.lease.body;
  const { enclaveKeys } = grant.enclave;
  const card = model.priceCard.body;
  const isByLog = <Body>(kind: MessageKind<Body>, message: Signed<Body>) =>
    session.client.trust.logKeys.some(({ publicKey }) => isMessageSignedBy(kind, message, publicKey));
  const { slotSeq: _slot, acceptedAtMs: _at, ...accepted } = grant.accept.body;
  const { grantedAtMs: _granted, ...leased } = terms;
  const claims: [what: string, holds: boolean][] = [
    ['signature of the lease', isByLog(lease, grant.lease)],
    ['signature of the hold', isByLog(hold, grant.hold)],
    ['signature of the accept', isMessageSignedBy(accept, grant.accept, terms.nodeKey)],
    ['request', terms.requestId === requestId && terms.orderHash === request.orderHash],
    ['lease id', terms.leaseId === leaseId(terms.requestId, terms.askId)],
    ['terms that the node accepted', JSON.stringify(sorted(accepted)) === JSON.stringify(sorted(leased))],
    ['model', terms.modelDigest === model.modelDigest],
    ['price card', grant.clearing.priceCardHash === messageId(priceCard, card)],
    ['input price', terms.priceInput === leasePriceCeil(card.inputMicroUsdPerMTok, terms.multiplierPpm)],
    [
      'cached input price',
      terms.priceCachedInput === leasePriceCeil(card.cachedInputMicroUsdPerMTok, terms.multiplierPpm),
    ],
    ['output price', terms.priceOutput === leasePriceCeil(card.outputMicroUsdPerMTok, terms.multiplierPpm)],
    [
      'price limits',
      terms.priceInput <= request.maxPriceInput &&
        terms.priceCachedInput <= request.maxPriceCachedInput &&
        terms.priceOutput <= request.maxPriceOutput,
    ],
    [
      'enclave',
      enclaveKeys.enclaveKey === terms.enclaveKey &&
        enclaveKeys.nodeKey === terms.nodeKey &&
        enclaveKeys.provider === terms.provider,
    ],
    [
      'hold',
      grant.hold.body.orderHash === request.orderHash && grant.hold.body.enclaveKey === terms.enclaveKey,
    ],
    ['clearing', grant.clearing.requestId === requestId && grant.clearing.winner.askId === terms.askId],
  ];
  const broken = claims.find(([, holds]) => !holds);
  if (broken)
    throw new HearthError(
      'peer_protocol_violation',
      `lease ${terms.leaseId}: its ${broken[0]} is not what was asked for`,
    );
}

function sorted(terms: object): [string, string][] {
  return Object.entries(terms)
    .map(([name, term]): [string, string] => [name, String(term)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
