import {
  type Hex,
  hashAuthorization,
  hashJobHeader,
  hashOrder,
  isSignedBy,
} from '@hearth/attestation/receipt';
import { appraiseOrder, clauseSentence, failedClause } from '@hearth/sdk/policy';
import { endpoints, type SignedCap } from '@hearth/sdk/protocol';
import { type HpkeKey, type Recipient, type RequestPrefix, recipientsRoot } from '@hearth/sdk/sealed-job';
import { EnclaveError, type EnclaveErrorCode } from '../../channel/errors.ts';
import type { EnclaveEnvironment } from './environment.ts';

const servedEndpoints: ReadonlySet<number> = new Set(Object.values(endpoints));

/** What the buyer's session key has signed for, beyond doubt. */
export type AuthenticJob = { readonly jobHeaderHash: Hex; readonly cap: SignedCap };

/**
 * Checks who asks: the order is the one of the header, and its session key signed header and authorisation for this
 * enclave. Whether the order is open and funded is the host's risk and the chain's business.
 * @throws EnclaveError
 */
export function authenticate(prefix: RequestPrefix, environment: EnclaveEnvironment): AuthenticJob {
  const { header, order } = prefix;
  const domain = environment.marketDomain;
  const orderHash = hashOrder(domain, order);
  expectEqual('order_mismatch', 'header.orderHash', orderHash, header.orderHash);
  const jobHeaderHash = hashJobHeader(domain, header);
  expectTrue(
    'session_signature_invalid',
    `header signature: expected one of session key ${order.sessionKey}`,
    isSignedBy(jobHeaderHash, prefix.sessionSignature, order.sessionKey),
  );
  const cap: SignedCap = {
    cumulativeCapPicoUsd: prefix.cumulativeCapPicoUsd,
    jobHeaderHash,
    sessionSignature: prefix.authorizationSignature,
  };
  const { cumulativeCapPicoUsd } = cap;
  const authorization = {
    orderHash,
    enclaveKey: environment.enclaveKey,
    cumulativeCapPicoUsd,
    jobHeaderHash,
  };
  expectTrue(
    'authorization_invalid',
    `authorisation: expected session key ${order.sessionKey} for enclave ${environment.enclaveKey}`,
    isSignedBy(hashAuthorization(domain, authorization), cap.sessionSignature, order.sessionKey),
  );
  return { jobHeaderHash, cap };
}

export type AdmissibleJob = { readonly key: HpkeKey; readonly recipient: Recipient };

/** Checks what is asked: the header stays within the order, fits this enclave, and is in force. @throws EnclaveError */
export function assertAdmissible(prefix: RequestPrefix, environment: EnclaveEnvironment): AdmissibleJob {
  const { header, order } = prefix;
  const failed = failedClause(appraiseOrder(order, { ...header, tier: environment.tier }));
  if (failed)
    throw new EnclaveError(
      failed.clause === 'tier' ? 'tier_below_order' : 'price_above_order',
      clauseSentence('order', failed),
    );
  expectEqual('policy_mismatch', 'header.policyHash', order.policyHash, header.policyHash);
  expectTrue(
    'unsupported_endpoint',
    `header.endpoint: ${header.endpoint} is not served`,
    servedEndpoints.has(header.endpoint),
  );
  assertInForce(prefix, environment.clock.nowUnixSec());
  return assertRecipient(prefix, environment);
}

function assertInForce({ header, order }: RequestPrefix, nowUnixSec: number): void {
  const now = BigInt(nowUnixSec);
  expectTrue(
    'order_not_valid_now',
    `order: valid from ${order.validAfterUnixSec} until ${order.validUntilUnixSec}, now is ${now}`,
    order.validAfterUnixSec <= now && now <= order.validUntilUnixSec,
  );
  const { notBeforeUnixSec, expiresAtUnixSec } = header;
  expectTrue(
    'job_not_yet_valid',
    `job: valid from ${notBeforeUnixSec}, now is ${now}`,
    notBeforeUnixSec <= now,
  );
  expectTrue('job_expired', `job: expired at ${expiresAtUnixSec}, now is ${now}`, now < expiresAtUnixSec);
  expectTrue(
    'expiry_beyond_order',
    `job expiry: at most the order's ${order.validUntilUnixSec}, got ${expiresAtUnixSec}`,
    expiresAtUnixSec <= order.validUntilUnixSec,
  );
}

/** The first recipient holds the authorisation, so it has to be this enclave; standbys are not supported yet. */
function assertRecipient(
  { header, recipients }: RequestPrefix,
  environment: EnclaveEnvironment,
): AdmissibleJob {
  expectEqual(
    'recipients_root_mismatch',
    'header.recipientsRoot',
    recipientsRoot(recipients),
    header.recipientsRoot,
  );
  const recipient = recipients[0];
  if (!recipient)
    throw new EnclaveError('not_a_recipient', 'recipients: expected this enclave first, got none');
  expectEqual('not_a_recipient', 'recipient enclave key', environment.enclaveKey, recipient.enclaveKey);
  expectEqual(
    'not_a_recipient',
    'recipient measurement',
    environment.measurementHash,
    recipient.measurementHash,
  );
  expectTrue(
    'not_a_recipient',
    `recipient evidence: expected a quote of this boot, got ${recipient.evidenceHash}`,
    environment.evidenceHashes.has(recipient.evidenceHash),
  );
  const live = environment.keyring.find(recipient.keyId);
  if (!live)
    throw new EnclaveError(
      'hpke_key_unknown',
      `HPKE key ${recipient.keyId}: wiped, or never of this enclave`,
    );
  expectEqual('suite_mismatch', 'header.suite', live.key.suite, header.suite);
  expectTrue(
    'expiry_beyond_key',
    `job expiry: at most the HPKE key's ${live.notAfterUnixSec}, got ${header.expiresAtUnixSec}`,
    header.expiresAtUnixSec <= BigInt(live.notAfterUnixSec),
  );
  return { key: live.key, recipient };
}

function expectEqual(code: EnclaveErrorCode, what: string, expected: unknown, actual: unknown): void {
  expectTrue(code, `${what}: expected ${expected}, got ${actual}`, expected === actual);
}

function expectTrue(code: EnclaveErrorCode, message: string, holds: boolean): void {
  if (!holds) throw new EnclaveError(code, message);
}
