import {
  hashAuthorization,
  hashJobHeader,
  hashKeyConfig,
  hashOrder,
  isSignedBy,
  receiptFaults,
  sha256,
  toHex,
} from '@hearth/attestation/receipt';
import { base64ToBytes, nameOf, outcomes } from '../protocol/index.ts';
import { type HpkeSuiteId, hpkeKeyId, recipientsRoot } from '../sealed-job/index.ts';
import { describeAttempts } from './l0-attempts.ts';
import { assertCounters } from './l0-counters.ts';
import { assertWithinTerms } from './l0-terms.ts';
import { expectEqual, fail } from './level.ts';
import type { BundleContext } from './verify-bundle.ts';

/** L0: the enclave signed this receipt, the buyer bounded it, and all of it is about one and the same job. */
export function verifySignatures({ bundle, domain, registryDomain }: BundleContext): string {
  const { order, jobHeader, authorization, receipt, enclaveKeys, keyConfig } = bundle;
  const { settlement, execution } = receipt;
  const faults = receiptFaults(domain, receipt, bundle.receiptSignature);
  if (faults.length > 0) fail(`receipt: ${faults.join(', ')}`);
  const orderHash = hashOrder(domain, order);
  const jobHeaderHash = hashJobHeader(domain, jobHeader);
  if (!isSignedBy(orderHash, bundle.orderSignature, order.buyer))
    fail(`order: expected a signature by its buyer ${order.buyer}`);
  if (!isSignedBy(jobHeaderHash, bundle.sessionSignature, order.sessionKey))
    fail('job header: expected a signature by the session key');
  const cap = {
    orderHash,
    enclaveKey: settlement.enclaveKey,
    cumulativeCapPicoUsd: authorization.cumulativeCapPicoUsd,
    jobHeaderHash: authorization.jobHeaderHash,
  };
  if (!isSignedBy(hashAuthorization(domain, cap), authorization.sessionSignature, order.sessionKey)) {
    fail('authorization: expected a signature by the session key');
  }
  if (
    !isSignedBy(
      hashKeyConfig(registryDomain, keyConfig.keyConfig),
      keyConfig.signature,
      settlement.enclaveKey,
    )
  ) {
    fail('key config: expected a signature by the enclave key');
  }
  const publicKey = base64ToBytes(keyConfig.publicKey);
  const recipient = {
    keyId: keyConfig.keyConfig.keyId,
    enclaveKey: settlement.enclaveKey,
    measurementHash: execution.measurementHash,
    evidenceHash: execution.evidenceHash,
  };
  const claims: [what: string, expected: unknown, actual: unknown][] = [
    ['job header: order', orderHash, jobHeader.orderHash],
    ['receipt: order', orderHash, settlement.orderHash],
    ['receipt: job header', jobHeaderHash, execution.jobHeaderHash],
    ['authorization: job header', jobHeaderHash, authorization.jobHeaderHash],
    ['receipt: job', jobHeader.jobId, execution.jobId],
    ['receipt: lease', jobHeader.leaseId, execution.leaseId],
    ['receipt: model', jobHeader.modelDigest, execution.modelDigest],
    ['receipt: policy', jobHeader.policyHash, execution.policyHash],
    ['receipt: attempt', jobHeader.attempt, execution.attempt],
    ['receipt: previous job', jobHeader.previousJobId, execution.previousJobId],
    ['receipt: enclave key', enclaveKeys.enclaveKey, settlement.enclaveKey],
    ['receipt: provider', enclaveKeys.provider, settlement.provider],
    [
      'key config: id',
      hpkeKeyId(keyConfig.keyConfig.suite as HpkeSuiteId, publicKey),
      keyConfig.keyConfig.keyId,
    ],
    ['key config: public key', toHex(sha256(publicKey)), keyConfig.keyConfig.pkHash],
    ['job header: recipients', recipientsRoot([recipient]), jobHeader.recipientsRoot],
  ];
  for (const [what, expected, actual] of claims) expectEqual(what, expected, actual);
  if (execution.amountPicoUsd > jobHeader.capPicoUsd)
    fail(`receipt: amount ${execution.amountPicoUsd} pUSD is above the job's cap ${jobHeader.capPicoUsd}`);
  if (settlement.cumulativePicoUsd > authorization.cumulativeCapPicoUsd) {
    fail(
      `receipt: cumulative ${settlement.cumulativePicoUsd} pUSD is above the authorised ${authorization.cumulativeCapPicoUsd}`,
    );
  }
  assertWithinTerms(bundle);
  assertCounters(bundle);
  const attempts = describeAttempts({ bundle, domain });
  const outcome = nameOf(outcomes, execution.outcome);
  return `receipt ${settlement.sequence} of this order (outcome: ${outcome}), signed by enclave ${settlement.enclaveKey}, within the buyer's cap${attempts}`;
}
