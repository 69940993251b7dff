import type { Hex } from '@hearth/attestation/receipt';
import { poolId } from '@hearth/sdk/market';
import { type ErrorCode, endpoints, HearthError, jobClassOf, type Lease, nameOf } from '@hearth/sdk/protocol';
import type { RequestPrefix } from '@hearth/sdk/sealed-job/clear';

/**
 * The host's own checks of a job before its enclave sees it: that it is the job we sold, at the price we sold it, and
 * that the gateway has promised its cap to us. Signatures and everything secret are the enclave's to check.
 * @throws HearthError `lease_invalid`, `hold_exceeded` or `key_config_mismatch`
 */
export function assertJobMayRun(prefix: RequestPrefix, lease: Lease, heldPicoUsd: bigint): void {
  const { header } = prefix;
  expectSame('lease_invalid', 'leaseId', lease.leaseId, header.leaseId);
  expectSame('lease_invalid', 'orderHash', lease.orderHash, header.orderHash);
  expectSame('lease_invalid', 'modelDigest', lease.modelDigest, header.modelDigest);
  expectSame('lease_invalid', 'priceInput', lease.priceInput, header.priceInput);
  expectSame('lease_invalid', 'priceCachedInput', lease.priceCachedInput, header.priceCachedInput);
  expectSame('lease_invalid', 'priceOutput', lease.priceOutput, header.priceOutput);
  assertRecipient(prefix, lease.enclaveKey);
  assertHeld(prefix.cumulativeCapPicoUsd, heldPicoUsd);
}

/** A lease names its pool, and a pool is of one class of jobs. @throws HearthError `lease_invalid` */
export function assertSoldFor({ header }: RequestPrefix, lease: Lease, tier: number | undefined): void {
  const jobClass = jobClassOf(header.endpoint);
  if (jobClass !== undefined && poolId(lease.modelDigest, tier ?? 0, jobClass) === lease.poolId) return;
  throw new HearthError(
    'lease_invalid',
    `job header endpoint: ${nameOf(endpoints, header.endpoint)} is not what lease ${lease.leaseId} was sold for`,
  );
}

function assertRecipient(prefix: RequestPrefix, enclaveKey: Hex): void {
  // The authorisation in a request is for its first recipient; the others stand by without one.
  const first = prefix.recipients[0]?.enclaveKey;
  if (first !== enclaveKey)
    throw new HearthError(
      'key_config_mismatch',
      `job: expected enclave ${enclaveKey} as first recipient, got ${first}`,
    );
}

function assertHeld(cumulativeCapPicoUsd: bigint, held: bigint): void {
  if (cumulativeCapPicoUsd <= held) return;
  throw new HearthError(
    'hold_exceeded',
    `job: expected a cumulative cap of at most ${held} pUSD (the Hold), got ${cumulativeCapPicoUsd}`,
  );
}

function expectSame(
  code: ErrorCode,
  field: string,
  expected: bigint | string,
  actual: bigint | string,
): void {
  if (actual !== expected)
    throw new HearthError(code, `job header ${field}: expected ${expected} as in the lease, got ${actual}`);
}
