import { type Hex, leasePriceCeil } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { poolId } from '../market/index.ts';
import {
  accept,
  type EnclaveStatement,
  HearthError,
  hold,
  isMessageSignedBy,
  type LeaseGrant,
  lease,
  leaseId,
  type MessageKind,
  type ModelListing,
  messageId,
  priceCard,
  type Signed,
} from '../protocol/index.ts';
import { cardFor } from './models.ts';
import type { Session } from './session.ts';

type Claim = readonly [what: string, holds: boolean];

/** Everything in a grant that a gateway or node could have bent. */
export function assertLeaseTerms(
  session: Pick<Session, 'client' | 'file'>,
  request: LeaseRequest,
  requestId: Hex,
  grant: LeaseGrant,
  model: ModelListing,
): void {
  const { logKeys } = session.client.trust;
  const terms = grant.lease.body;
  const isByLog = <Body>(kind: MessageKind<Body>, message: Signed<Body>) =>
    logKeys.some(({ publicKey }) => isMessageSignedBy(kind, message, publicKey));
  const { slotSeq: _slot, acceptedAtMs: _at, ...accepted } = grant.accept.body;
  const { grantedAtMs: _granted, ...leased } = terms;
  const { enclaveKeys } = grant.enclave;
  assertTerms(terms.leaseId, [
    ['signature of the lease', isByLog(lease, grant.lease)],
    ['signature of the hold', isByLog(hold, grant.hold)],
    ['signature of the accept', isMessageSignedBy(accept, grant.accept, terms.nodeKey)],
    ['terms that the node accepted', JSON.stringify(sorted(accepted)) === JSON.stringify(sorted(leased))],
    ['price card', grant.clearing.priceCardHash === messageId(priceCard, cardFor(model, request.class))],
    ...termClaims(session, { request, requestId, model, enclaveKeys }, grant),
    ['clearing', grant.clearing.requestId === requestId && isWinner(grant)],
  ]);
}

/** @throws HearthError `peer_protocol_violation` that names the first claim that does not hold */
export function assertTerms(leaseId: Hex, claims: readonly Claim[]): void {
  const broken = claims.find(([, holds]) => !holds);
  if (broken)
    throw new HearthError(
      'peer_protocol_violation',
      `lease ${leaseId}: its ${broken[0]} is not what was asked for`,
    );
}

/** What must hold of any lease, whoever sold it. */
export function termClaims(
  { client, file }: Pick<Session, 'client' | 'file'>,
  asked: {
    readonly request: LeaseRequest;
    readonly requestId: Hex;
    readonly model: ModelListing;
    readonly enclaveKeys: EnclaveStatement['enclaveKeys'];
  },
  grant: Pick<LeaseGrant, 'lease' | 'hold'>,
): Claim[] {
  const { request, requestId, model, enclaveKeys } = asked;
  const terms = grant.lease.body;
  const card = cardFor(model, request.class);
  return [
    ['request', terms.requestId === requestId && terms.orderHash === request.orderHash],
    ['session key', terms.sessionKey === file.record.order.sessionKey],
    ['lease id', terms.leaseId === leaseId(terms.requestId, terms.askId)],
    ['model', terms.modelDigest === model.modelDigest],
    ['pool', terms.poolId === poolId(model.modelDigest, enclaveKeys.tier, request.class)],
    ['expiry', terms.leaseExpiresAtMs > client.now()],
    ['size of the hold', terms.holdPicoUsd === request.holdPicoUsd],
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
  ];
}

/** The clearing goes into the public log: what it says was sold must be what we are sold. */
function isWinner({ clearing: { winner }, lease: { body } }: LeaseGrant): boolean {
  return (
    winner.askId === body.askId &&
    winner.leaseId === body.leaseId &&
    winner.effectiveAsk === body.effectiveAsk &&
    winner.multiplierPpm === body.multiplierPpm &&
    winner.priceInput === body.priceInput &&
    winner.priceCachedInput === body.priceCachedInput &&
    winner.priceOutput === body.priceOutput
  );
}

function sorted(terms: object): [string, string][] {
  return Object.entries(terms)
    .map(([name, term]): [string, string] => [name, String(term)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
