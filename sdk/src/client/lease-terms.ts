import { type Hex, leasePriceCeil } from '@hearth/attestation/receipt';
import type { LeaseRequest } from '@hearth/contracts';
import { poolId } from '../market/index.ts';
import {
  accept,
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

/** Everything in a grant that a gateway or node could have bent. */
export function assertLeaseTerms(
  { client, file }: Pick<Session, 'client' | 'file'>,
  request: LeaseRequest,
  requestId: Hex,
  grant: LeaseGrant,
  model: ModelListing,
): void {
  const terms = grant.lease.body;
  const { enclaveKeys } = grant.enclave;
  const card = cardFor(model, request.class);
  const isByLog = <Body>(kind: MessageKind<Body>, message: Signed<Body>) =>
    client.trust.logKeys.some(({ publicKey }) => isMessageSignedBy(kind, message, publicKey));
  const { slotSeq: _slot, acceptedAtMs: _at, ...accepted } = grant.accept.body;
  const { grantedAtMs: _granted, ...leased } = terms;
  const claims: [what: string, holds: boolean][] = [
    ['signature of the lease', isByLog(lease, grant.lease)],
    ['signature of the hold', isByLog(hold, grant.hold)],
    ['signature of the accept', isMessageSignedBy(accept, grant.accept, terms.nodeKey)],
    ['request', terms.requestId === requestId && terms.orderHash === request.orderHash],
    ['session key', terms.sessionKey === file.record.order.sessionKey],
    ['lease id', terms.leaseId === leaseId(terms.requestId, terms.askId)],
    ['terms that the node accepted', JSON.stringify(sorted(accepted)) === JSON.stringify(sorted(leased))],
    ['model', terms.modelDigest === model.modelDigest],
    ['pool', terms.poolId === poolId(model.modelDigest, enclaveKeys.tier, request.class)],
    ['expiry', terms.leaseExpiresAtMs > client.now()],
    ['size of the hold', terms.holdPicoUsd === request.holdPicoUsd],
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
    ['clearing', grant.clearing.requestId === requestId && isWinner(grant)],
  ];
  const broken = claims.find(([, holds]) => !holds);
  if (broken)
    throw new HearthError(
      'peer_protocol_violation',
      `lease ${terms.leaseId}: its ${broken[0]} is not what was asked for`,
    );
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
